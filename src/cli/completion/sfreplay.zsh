#compdef sfreplay
# Completion of sfreplay for zsh. Put it into a folder of $fpath as _sfreplay, or load it with:
# source <(sfreplay completion zsh)
_sfreplay() {
  local typed=${(j: :)words[1,CURRENT]} line word files=
  local -a found open whole
  found=("${(@f)$(_call_program names $words[1] __complete ${(qq)typed} 2>/dev/null)}")
  for line in ${found:#}; do
    word=${line%%$'\t'*}
    if [[ $word == :files ]]; then
      files=1
      continue
    fi
    line="${word//:/\\:}${${line#$word}/$'\t'/:}"
    if [[ $word == *[=:] ]]; then open+=("$line"); else whole+=("$line"); fi
  done
  _describe sfreplay open -S '' -- whole
  if [[ -n $files ]]; then
    compset -P '--*='
    _files
  fi
}
if [[ $funcstack[1] == _sfreplay ]]; then
  _sfreplay "$@"
else
  compdef _sfreplay sfreplay
fi
