import type { FlagSpec, ProgramSpec, Value } from './spec.js';

/** A script for fish 3 and newer. */
export function fishScript({ name, commands, rootFlags }: ProgramSpec): string {
  const names = commands.map((command) => command.name).join(' ');
  const lines = commands.flatMap(({ name: command, flags, argument }) => {
    const where = `-n '__${name}_command ${command}'`;
    const rest =
      argument?.kind === 'file' ? '-F' : `-f${argument === undefined ? '' : ` ${completing(name, argument)}`}`;
    return [`complete -c ${name} ${where} ${rest}`, ...flags.map((flag) => flagLine(name, where, flag))];
  });
  return `# Completion of ${name} for fish. Put it into ~/.config/fish/completions/${name}.fish, or load it with:
# ${name} completion fish | source

# Is this the command that is named? Without a word, none is.
function __${name}_command
    set -l words (commandline -opc)
    if contains -- "$words[2]" ${names}
        test "$words[2]" = "$argv[1]"
    else
        test (count $argv) -eq 0
    end
end

function __${name}_ask
    set -l words (commandline -opc)
    command $words[1] __complete $argv[1] (commandline -cp) 2>/dev/null
end

complete -c ${name} -e
${commands
  .map(
    ({ name: command, summary }) =>
      `complete -c ${name} -n 'test (count (commandline -opc)) -eq 1' -a ${command} -d ${quoted(summary)}`,
  )
  .join('\n')}
${rootFlags.map((flag) => flagLine(name, `-n __${name}_command`, flag)).join('\n')}
${lines.join('\n')}
`;
}

function flagLine(name: string, where: string, { long, short, description, value }: FlagSpec): string {
  const flag = `-l ${long.replace(/^--/, '')}${short === undefined ? '' : ` -s ${short.replace(/^-/, '')}`}`;
  const values = value === undefined ? '' : ` ${completing(name, value)}`;
  return `complete -c ${name} ${where} ${flag}${values} -d ${quoted(description)}`;
}

function completing(name: string, value: Value): string {
  switch (value.kind) {
    case 'choice':
      return `-x -a ${quoted(value.choices.join(' '))}`;
    case 'topics':
    case 'mappings':
      return `-x -a '(__${name}_ask ${value.kind})'`;
    case 'file':
      return '-r -F';
    case 'anything':
      return '-x';
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
}
