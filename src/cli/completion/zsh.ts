import type { CommandSpec, FlagSpec, ProgramSpec, Value } from './spec.js';

/** A script for zsh: a function that is loaded from `$fpath`, or sourced. */
export function zshScript({ name, commands, rootFlags }: ProgramSpec): string {
  return `#compdef ${name}
# Completion of ${name} for zsh. Put it into a folder of $fpath as _${name}, or load it with:
# source <(${name} completion zsh)

_${name}() {
  local program=$words[1] typed=\${(j: :)words[1,CURRENT]} command=
  (( CURRENT > 2 )) && command=$words[2]
  case $command in
${commands.map((command) => commandCase(name, command)).join('\n')}
    *)
      _arguments -S ${argumentWords(name, rootFlags, [`'1:command: __${name}_first'`, `'*:file:_files'`])}
      ;;
  esac
}

__${name}_first() {
  local -a commands=(
${commands.map(({ name: command, summary }) => `    ${quoted(`${command}:${summary}`)}`).join('\n')}
  )
  _describe -t commands command commands
  _files
}

# Adds what the program itself knows.
__${name}_ask() {
  local -a found=("\${(@f)$(_call_program names $program __complete $1 \${(qq)typed} 2>/dev/null)}")
  found=(\${found:#})
  local -a open=(\${(M)found:#*[=:]}) whole=(\${found:#*[=:]})
  compadd -S '' -a open
  compadd -a whole
}

if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

function commandCase(name: string, { name: command, flags, argument }: CommandSpec): string {
  const rest = argument === undefined ? [] : [quoted(`*:${argument.kind}:${action(name, argument)}`)];
  return [
    `    ${command})`,
    '      shift words',
    '      (( CURRENT-- ))',
    `      _arguments -S ${argumentWords(name, flags, rest)}`,
    '      ;;',
  ].join('\n');
}

function argumentWords(name: string, flags: readonly FlagSpec[], rest: readonly string[]): string {
  return [...flags.map((flag) => flagWord(name, flag)), ...rest].join(' \\\n        ');
}

/** As `_arguments` wants it: `'(-c --config)'{-c,--config=}'[what it does]:config:_files'`. */
function flagWord(name: string, { long, short, description, value, isRepeatable }: FlagSpec): string {
  const text = description.replace(/[\\[\]:]/g, String.raw`\$&`);
  const tail = quoted(`[${text}]${value === undefined ? '' : `:${long.slice(2)}:${action(name, value)}`}`);
  const once = short === undefined ? `(${long})` : `(${short} ${long})`;
  const before = isRepeatable ? '*' : once;
  const sign = value === undefined ? '' : '=';
  return short === undefined ? `'${before}'${long}${sign}${tail}` : `'${before}'{${short},${long}${sign}}${tail}`;
}

function action(name: string, value: Value): string {
  switch (value.kind) {
    case 'choice':
      return `(${value.choices.join(' ')})`;
    case 'topics':
    case 'mappings':
      return ` __${name}_ask ${value.kind}`;
    case 'file':
      return '_files';
    case 'anything':
      return ' ';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
