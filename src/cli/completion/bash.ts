import type { CommandSpec, FlagSpec, ProgramSpec, Value } from './spec.js';

/** A script for bash 3.2 and newer. It needs nothing of the package bash-completion. */
export function bashScript({ name, commands, rootFlags }: ProgramSpec): string {
  const names = commands.map((command) => command.name);
  return `# Completion of ${name} for bash. Load it with: source <(${name} completion bash)

_${name}() {
  local line=\${COMP_LINE:0:COMP_POINT} tokens before value flag='' command=''
  local current=\${line##*[[:space:]]}
  read -r -a tokens <<<"\${line%"$current"}"
  before=\${tokens[$((\${#tokens[@]} - 1))]}
  value=$current
  COMPREPLY=()
  # Without an answer bash completes files; where none are wanted, that is turned off.
  __${name}_option -o default
  case " ${names.join(' ')} " in
    *" \${tokens[1]:-/} "*) command=\${tokens[1]} ;;
  esac
  if [[ $current == --*=* ]]; then
    flag=\${current%%=*} value=\${current#*=}
  elif [[ $before == -* ]]; then
    flag=$before
  fi
  case "$command $flag" in
${valueCases(name, commands, rootFlags)}
  esac
  case $command in
${commands.map((command) => commandCase(name, command)).join('\n')}
    *)
      if [[ $current == -* ]]; then
        __${name}_words '${flagWords(rootFlags)}'
      elif ((\${#tokens[@]} == 1)); then
        __${name}_words '${names.join(' ')}'
        __${name}_files
      fi
      ;;
  esac
}

__${name}_words() {
  __${name}_option +o default
  local word
  for word in $1; do __${name}_take "$word"; done
}

# Takes what the program itself knows.
__${name}_ask() {
  __${name}_option +o default
  local word
  while IFS= read -r word; do __${name}_take "$word"; done < <("\${COMP_WORDS[0]}" __complete "$1" "$line" 2>/dev/null)
}

__${name}_files() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$value")
  __${name}_option -o filenames -o default
}

# Takes a word that begins like the value. Bash puts in only what comes after the last = or :, if it breaks words there.
__${name}_take() {
  [[ $1 == "$value"* ]] || return 0
  local word=\${current%"$value"}$1 breaks=\${COMP_WORDBREAKS//[^=:]/} rest
  if [[ -n $breaks && $current == *[$breaks]* ]]; then
    rest=\${current##*[$breaks]}
    word=\${word#"\${current%"$rest"}"}
  fi
  [[ $word == *[=:] ]] && __${name}_option -o nospace
  COMPREPLY+=("$word")
}

__${name}_option() {
  type compopt >/dev/null 2>&1 && compopt "$@" 2>/dev/null
  return 0
}

complete -o default -F _${name} ${name}
`;
}

/** A value after its flag, for each command; those of the default command where none is named. */
function valueCases(name: string, commands: readonly CommandSpec[], rootFlags: readonly FlagSpec[]): string {
  const groups = [...commands, { name: '', flags: rootFlags }];
  const patterns = new Map<string, string[]>();
  for (const { name: command, flags } of groups) {
    for (const { long, short, value } of flags) {
      if (value === undefined) continue;
      const spellings = [long, ...(short === undefined ? [] : [short])].map((flag) => `'${command} ${flag}'`);
      const step = completing(name, value);
      patterns.set(step, [...(patterns.get(step) ?? []), ...spellings]);
    }
  }
  return [...patterns]
    .map(([step, spellings]) => `    ${spellings.join(' | ')})\n      ${step}\n      return\n      ;;`)
    .join('\n');
}

function commandCase(name: string, { name: command, flags, argument }: CommandSpec): string {
  const lines = [
    `    ${command})`,
    `      if [[ $current == -* ]]; then`,
    `        __${name}_words '${flagWords(flags)}'`,
    `      else`,
    `        ${argument === undefined ? `__${name}_option +o default` : completing(name, argument)}`,
    `      fi`,
    `      ;;`,
  ];
  return lines.join('\n');
}

function completing(name: string, value: Value): string {
  switch (value.kind) {
    case 'choice':
      return `__${name}_words '${value.choices.join(' ')}'`;
    case 'topics':
    case 'mappings':
      return `__${name}_ask ${value.kind}`;
    case 'anything':
      return `__${name}_option +o default`;
    case 'file':
      // Bash's own completion knows about quotes and ~.
      return ':';
  }
}

function flagWords(flags: readonly FlagSpec[]): string {
  return flags.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])]).join(' ');
}
