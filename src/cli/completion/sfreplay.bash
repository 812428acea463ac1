# Completion of sfreplay for bash. Load it with: source <(sfreplay completion bash)
_sfreplay() {
  local line=${COMP_LINE:0:COMP_POINT} word cut='' files=''
  local current=${line##*[[:space:]]} breaks=${COMP_WORDBREAKS//[^=:]/}
  # Bash puts in only what comes after the last = or :, if it breaks words there.
  [[ -n $breaks && $current == *[$breaks]* ]] && cut=${current%"${current##*[$breaks]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    if [[ $word == :files ]]; then
      files=1
    elif [[ $word == "$current"* ]]; then
      COMPREPLY+=("${word#"$cut"}")
      [[ $word == *[=:] ]] && __sfreplay_option -o nospace
    fi
  done < <("${COMP_WORDS[0]}" __complete "$line" 2>/dev/null)
  # Without an answer bash completes files, and knows about quotes and ~; where none are wanted, that is turned off.
  if [[ -z $files ]]; then
    __sfreplay_option +o default
  elif ((${#COMPREPLY[@]} > 0)); then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
    __sfreplay_option -o filenames
  fi
}
__sfreplay_option() {
  type compopt >/dev/null 2>&1 && compopt "$@" 2>/dev/null
  return 0
}
complete -o default -F _sfreplay sfreplay
