/**
 * What each shell loads: it gives the line up to the cursor to `sfreplay __complete` and shows what comes back. A word that
 * ends in `=` or `:` goes on, so no blank follows it.
 */

/** For bash 3.2 and newer. It needs nothing of the package bash-completion. */
const BASH = `# Completion of sfreplay for bash. Load it with: source <(sfreplay completion bash)
_sfreplay() {
  local line=\${COMP_LINE:0:COMP_POINT} word cut='' files=''
  local current=\${line##*[[:space:]]} breaks=\${COMP_WORDBREAKS//[^=:]/}
  # Bash puts in only what comes after the last = or :, if it breaks words there.
  [[ -n $breaks && $current == *[$breaks]* ]] && cut=\${current%"\${current##*[$breaks]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    if [[ $word == :files ]]; then
      files=1
    elif [[ $word == "$current"* ]]; then
      COMPREPLY+=("\${word#"$cut"}")
      [[ $word == *[=:] ]] && __sfreplay_option -o nospace
    fi
  done < <("\${COMP_WORDS[0]}" __complete "$line" 2>/dev/null)
  # Without an answer bash completes files, and knows about quotes and ~; where none are wanted, that is turned off.
  if [[ -z $files ]]; then
    __sfreplay_option +o default
  elif ((\${#COMPREPLY[@]} > 0)); then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
    __sfreplay_option -o filenames
  fi
}
__sfreplay_option() {
  type compopt >/dev/null 2>&1 && compopt "$@" 2>/dev/null
  return 0
}
complete -o default -F _sfreplay sfreplay
`;

/** A function that is loaded from `$fpath`, or sourced. */
const ZSH = `#compdef sfreplay
# Completion of sfreplay for zsh. Put it into a folder of $fpath as _sfreplay, or load it with:
# source <(sfreplay completion zsh)
_sfreplay() {
  local typed=\${(j: :)words[1,CURRENT]} line word files=
  local -a found open whole
  found=("\${(@f)$(_call_program names $words[1] __complete \${(qq)typed} 2>/dev/null)}")
  for line in \${found:#}; do
    word=\${line%%$'\\t'*}
    if [[ $word == :files ]]; then
      files=1
      continue
    fi
    line="\${word//:/\\\\:}\${\${line#$word}/$'\\t'/:}"
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
`;

/** For fish 3 and newer. */
const FISH = `# Completion of sfreplay for fish. Put it into ~/.config/fish/completions/sfreplay.fish, or load it with:
# sfreplay completion fish | source
function __sfreplay_complete
    set -l words (commandline -opc)
    set -l flag (string match -r -- '^--[a-z-]+=' (commandline -ct))
    for line in (command $words[1] __complete (commandline -cp) 2>/dev/null)
        if test "$line" = :files
            printf "$flag%s\\n" (__fish_complete_path (string replace -- "$flag" '' (commandline -ct)))
        else
            echo $line
        end
    end
end
complete -c sfreplay -e
complete -c sfreplay -f -a '(__sfreplay_complete)'
`;

export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;
