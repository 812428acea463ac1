import type { Argument, Command, Option } from 'commander';

/** What a flag or an argument can be completed to. `topics` and `mappings` are asked of `sfreplay __complete`. */
export type Value =
  | { readonly kind: 'file' | 'topics' | 'mappings' | 'anything' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

export interface FlagSpec {
  /** `--config`. */
  readonly long: string;
  /** `-c`. */
  readonly short: string | undefined;
  readonly description: string;
  /** Undefined for a switch. */
  readonly value: Value | undefined;
  readonly isRepeatable: boolean;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly FlagSpec[];
  /** What stands beside the flags; undefined where nothing may. */
  readonly argument: Value | undefined;
}

export interface ProgramSpec {
  readonly name: string;
  readonly commands: readonly CommandSpec[];
  /** What may be typed where no command is named: flags of the program, and those of the default command. */
  readonly rootFlags: readonly FlagSpec[];
}

const DEFAULT_COMMAND = 'replay';

/** What the completion scripts are made of, from the program itself. Hidden commands and flags are left out. */
export function specOf(program: Command): ProgramSpec {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).map((command) => commandSpec(command, program));
  const ofDefault = commands.find(({ name }) => name === DEFAULT_COMMAND)?.flags ?? [];
  const own = flagsOf(program).filter(({ long }) => !ofDefault.some((flag) => flag.long === long));
  return { name: program.name(), commands, rootFlags: [...ofDefault, ...own] };
}

function commandSpec(command: Command, program: Command): CommandSpec {
  const [argument] = command.registeredArguments;
  const names = program
    .createHelp()
    .visibleCommands(program)
    .map((one) => one.name());
  // Commander makes this command, and knows of no choices.
  const value: Value | undefined =
    command.name() === 'help' ? { kind: 'choice', choices: names } : argument && argumentValue(argument);
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    flags: command.name() === 'help' ? [] : flagsOf(command),
    argument: value,
  };
}

function flagsOf(command: Command): FlagSpec[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({
      long: option.long ?? '',
      short: option.short,
      description: option.description,
      value: option.required || option.optional ? flagValue(option) : undefined,
      // Commander does not know; the help says so.
      isRepeatable: option.description.includes('repeatable'),
    }));
}

function argumentValue(argument: Argument): Value {
  if (argument.argChoices !== undefined) return { kind: 'choice', choices: argument.argChoices };
  return { kind: argument.name().startsWith('file') ? 'file' : 'anything' };
}

function flagValue({ long, flags, argChoices }: Option): Value {
  if (long === '--topic') return { kind: 'topics' };
  if (long === '--map') return { kind: 'mappings' };
  const placeholder = /<([^>]+)>/.exec(flags)?.[1] ?? '';
  const choices = argChoices ?? (/^[a-z]+(\|[a-z]+)+$/.test(placeholder) ? placeholder.split('|') : undefined);
  if (choices !== undefined) return { kind: 'choice', choices };
  return { kind: placeholder === 'file' ? 'file' : 'anything' };
}
