import { Argument, type Command } from 'commander';
import { didYouMean } from '../core/suggestion.js';
import { maskSecrets } from '../core/secrets.js';
import { UsageError } from '../core/errors.js';
import { safeBlock } from '../report/format.js';
import { SHELLS, type Shell } from './completion/shells.js';
import {
  addCheckFlags,
  addDemoFlags,
  addDiffFlags,
  addEmulatorFlags,
  addInitFlags,
  addReplayFlags,
  addRetryFlags,
  typedFlags,
  type CheckFlags,
  type DemoFlags,
  type DiffFlags,
  type EmulatorFlags,
  type InitFlags,
  type ReplayFlags,
  type RetryFlags,
} from './flags.js';
import { CommandLine } from './command-line.js';
import { examplesOf } from './examples.js';
import { COMMANDS } from './misspelt-command.js';
import type { Terminal } from './terminal.js';

/**
 * The command line: which commands there are, their flags and help. The commands themselves are loaded when they are
 * called, so that `--help` and `--version` cost nothing. `done` is told the exit status of the command that ran.
 * Parsing throws commander's `CommanderError` for everything that ends before a command, help included.
 */
export function createProgram(terminal: Terminal, version: string, done: (status: number) => void): Command {
  const program = new CommandLine('sfreplay')
    .description(
      'Replay topic-tagged NDJSON into Salesforce: nothing lost, nothing written twice, nothing out of order.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help; after a command, its flags')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      // It quotes what was typed.
      outputError: (text, write) => write(safeBlock(maskSecrets(`sfreplay: ${text}`))),
    })
    .showHelpAfterError('Run "sfreplay --help", or "sfreplay <command> --help", to see what there is.')
    .usage('[command] [options] [files...]')
    .addHelpText('after', `${examplesOf('sfreplay')}\n${MORE}`);

  addReplayFlags(program.command('replay [files...]', { isDefault: true }))
    .summary('replay files, or standard input; the default command')
    .description('Replay files, or standard input where no file or - is named.')
    .addHelpText('after', examplesOf('replay'))
    .action(async (files: string[], flags: ReplayFlags, command: Command) => {
      if (program.args.length === 0 && terminal.stdin.isTTY) program.help();
      const { runReplay } = await import('./commands/replay.js');
      done(await runReplay(files, flags, typedFlags(command), terminal));
    });

  addRetryFlags(program.command('retry <file>'))
    .summary('replay a failures file with the same configuration')
    .description(
      'Replay a failures file with the configuration of the run that wrote it. Inserts in doubt are not sent, unless ' +
        '--include-in-doubt is given, but kept; whatever fails again goes to a new file beside it: failed.ndjson to ' +
        'failed.retry-1.ndjson. The journal and the failures file that a configuration names are those of the first run.',
    )
    .addHelpText('after', examplesOf('retry'))
    .action(async (file: string, flags: RetryFlags, command: Command) => {
      const { runRetry } = await import('./commands/retry.js');
      done(await runRetry(file, flags, typedFlags(command), terminal));
    });

  addCheckFlags(program.command('check [files...]'))
    .summary('say what a replay would do; writes nothing')
    .description(
      'Check the configuration, the sign-in and every mapped sObject, and what a replay would do with the files.',
    )
    .addHelpText('after', examplesOf('check'))
    .action(async (files: string[], flags: CheckFlags) => {
      const { runCheck } = await import('./commands/check.js');
      done(await runCheck(files, flags, terminal));
    });

  addDiffFlags(program.command('diff [files...]'))
    .summary('compare files with what the org holds; writes nothing')
    .description(
      'Compare files with what the org holds, and write nothing there: before a replay this says what it would change, after ' +
        'it whether everything arrived. Exit status: 0 nothing differs, 1 something does, 2 nothing could be compared.',
    )
    .addHelpText('after', examplesOf('diff'))
    .action(async (files: string[], flags: DiffFlags) => {
      const { runDiff } = await import('./commands/diff.js');
      done(await runDiff(files, flags, terminal));
    });

  addInitFlags(program.command('init [files...]'))
    .summary('write a starter configuration, with mappings proposed from files')
    .description(
      'Write .sfreplayrc.yaml, a commented starter configuration, into this folder. With files, their topics and fields are ' +
        'looked at and mappings proposed, to be checked. Never overwrites.',
    )
    .addHelpText('after', examplesOf('init'))
    .action(async (files: string[], flags: InitFlags) => {
      const { runInit } = await import('./commands/init.js');
      done(await runInit(files, flags, terminal));
    });

  addDemoFlags(program.command('demo'))
    .summary('replay sample records into the emulator; needs no account')
    .description('Start the emulator and replay the shipped samples into it. Needs no account and no network.')
    .addHelpText('after', examplesOf('demo'))
    .action(async (flags: DemoFlags) => {
      const { runDemo } = await import('./commands/demo.js');
      done(await runDemo(flags, terminal));
    });

  addEmulatorFlags(program.command('emulator'))
    .summary('run the embedded Salesforce emulator until stopped')
    .description(
      'Run a Salesforce emulator on 127.0.0.1. Its first line of output is {"url","client_id","client_secret"}.',
    )
    .addHelpText('after', examplesOf('emulator'))
    .action(async (flags: EmulatorFlags) => {
      const { runEmulator } = await import('./commands/emulator.js');
      done(await runEmulator(flags, terminal));
    });

  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell to write it for').choices(SHELLS))
    .summary('print a completion script for bash, zsh or fish')
    .description(
      'Print a script that completes commands, flags and their values, and the topics and sObjects of the configuration ' +
        'that applies where you are. For good: in bash, put the line of the example into ~/.bashrc; in zsh, write the ' +
        'script into a folder of $fpath before compinit; in fish, into the folder of the example.',
    )
    .addHelpText('after', examplesOf('completion'))
    .action(async (shell: Shell) => {
      const { runCompletion } = await import('./commands/completion.js');
      done(await runCompletion(shell, program, terminal));
    });

  program
    .command('schema')
    .summary('print the JSON Schema of the configuration, for editors')
    .description('Print the JSON Schema of the configuration file. It is in the package too, as sfreplay/schema.json.')
    .addHelpText('after', examplesOf('schema'))
    .action(async () => {
      const { runSchema } = await import('./commands/schema.js');
      done(await runSchema(terminal));
    });

  program
    .helpCommand(false)
    .command('help [command]')
    .summary('display help for command')
    .description('Print the help of a command.')
    .action((name: string | undefined) => {
      const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
      command?.help();
      throw new UsageError(`There is no command "${name}".${didYouMean(name ?? '', COMMANDS)}`, {
        hint: `Commands: ${COMMANDS.join(', ')}.`,
      });
    });

  // Called by the completion scripts at each press of a key.
  program
    .command('__complete', { hidden: true })
    .argument('<kind>')
    .argument('<line>')
    .action(async (kind: string, line: string) => {
      const { runComplete } = await import('./commands/complete.js');
      done(await runComplete(kind, line, terminal));
    });
  return program;
}

const MORE = `
The flags of the default command: sfreplay replay --help
Exit status: 0 all written, 1 some failed or in doubt, 2 nothing sent, 3 stopped part-way, 130/143 SIGINT/SIGTERM.`;
