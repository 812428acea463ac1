import { readFileSync, existsSync } from 'node:fs';
import { Argument, Command } from 'commander';
import { EXIT, EXIT_MEANINGS } from '../core/exit-status.js';
import { UsageError } from '../core/errors.js';
import { maskSecrets } from '../core/secrets.js';
import { didYouMean, suggest } from '../core/suggestion.js';
import { safeBlock } from '../report/format.js';
import { examplesOf, type ExampleName } from './examples.js';
import { addFlags, type InputFlags, type DemoFlags, type EmulatorFlags, type InitFlags } from './flags.js';
import { typedFlags } from './retry-command.js';
import { TOPICS } from './help/topics.js';
import { print, widthOf, type Terminal } from './terminal.js';

const MORE = `
The flags of the default command: sfreplay replay --help
The reference: sfreplay help TOPIC, with one of these:
  ${TOPICS.slice(0, 8).join(', ')},
  ${TOPICS.slice(8).join(', ')}

Exit status:
${Object.entries(EXIT_MEANINGS)
  .map(([status, [brief]]) => `  ${status.padEnd(4)} ${brief}`)
  .join('\n')}`;

/** Does what a command is for, given its arguments and flags, and gives the exit status. */
type Run = (...given: never[]) => Promise<number>;

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
    .showHelpAfterError('See "sfreplay --help" or "sfreplay <command> --help".')
    .usage('[command] [options] [files...]')
    // Alike whether the flags of a command are loaded or not.
    .configureHelp({ subcommandTerm: (one) => `${one.name()} ${one.usage().replace(/^\[options\] ?/, '')}`.trimEnd() })
    .addHelpText('after', `${examplesOf('sfreplay')}\n${MORE}`)
    .hook('preSubcommand', (_, command) => addFlags(command))
    .helpCommand(false);

  const names = (): string[] =>
    program
      .createHelp()
      .visibleCommands(program)
      .map((one) => one.name());

  function add(usage: string, summary: string, description: string, run: Run, isDefault = false): Command {
    const command = program.command(usage, { isDefault }).summary(summary).description(description);
    return command
      .addHelpText('after', examplesOf(command.name() as ExampleName))
      .action(async (...given: unknown[]) => {
        done(await run(...(given as never[])));
      });
  }

  add(
    'replay [files...]',
    'replay files, or standard input; the default command',
    'Replay files, or standard input where no file or - is named.',
    async (files: string[], flags: InputFlags, command: Command) => {
      if (program.args.length === 0 && terminal.stdin.isTTY) program.help();
      refuseMisspeltCommand(files, names());
      const { runReplay } = await import('./commands/replay.js');
      return runReplay(files, flags, typedFlags(command), terminal);
    },
    true,
  );

  add(
    'retry <file>',
    'replay a failures file with the same configuration',
    'Replay a failures file with the configuration of the run that wrote it. Inserts in doubt are not sent but kept, unless ' +
      '--include-in-doubt is given; what fails again goes to a new file beside it: from failed.ndjson to ' +
      'failed.retry-1.ndjson. The journal_file and failures_file of the configuration are not used: they belong to the first run.',
    async (file: string, flags: InputFlags, command: Command) =>
      (await import('./commands/retry.js')).runRetry(file, flags, typedFlags(command), terminal),
  );

  add(
    'check [files...]',
    'report what a replay would do; writes nothing',
    'Check the configuration, the sign-in and every mapped sObject, and report what a replay of the files would do.',
    async (files: string[], flags: InputFlags) =>
      (await import('./commands/check.js')).runCheck(files, flags, terminal),
  );

  add(
    'diff [files...]',
    'compare files with what the org holds; writes nothing',
    'Compare files with what the org holds, and write nothing there: before a replay this reports what it would change, ' +
      'after it whether everything arrived. Exit status: 0 nothing differs, 1 something does, 2 nothing could be compared.',
    async (files: string[], flags: InputFlags) => (await import('./commands/diff.js')).runDiff(files, flags, terminal),
  );

  add(
    'init [files...]',
    'write a starter configuration, with mappings proposed from files',
    'Write .sfreplayrc.yaml, a commented starter configuration, into this folder. It never overwrites ' +
      'one. With files, it proposes mappings from their topics and fields, for you to check.',
    async (files: string[], flags: InitFlags) => (await import('./commands/init.js')).runInit(files, flags, terminal),
  );

  add(
    'demo',
    'replay sample records into the emulator; needs no account',
    'Start the emulator and replay the shipped samples into it. Needs no account and no network.',
    async (flags: DemoFlags) => (await import('./commands/demo.js')).runDemo(flags, terminal),
  );

  add(
    'emulator',
    'run the embedded Salesforce emulator until stopped',
    'Run a Salesforce emulator on 127.0.0.1. Its first line of output is {"url","client_id","client_secret"}.',
    async (flags: EmulatorFlags) => (await import('./commands/emulator.js')).runEmulator(flags, terminal),
  );

  add(
    'completion',
    'print a completion script for bash, zsh or fish',
    'Print a script that completes commands, flags and their values, and the topics and sObjects of the configuration ' +
      'that applies in the current folder. To install it: in bash, put the line of the example into ~/.bashrc; in zsh, write the ' +
      'script into a folder of $fpath before compinit; in fish, into the folder of the example.',
    async (shell: string) => {
      await print(terminal.stdout, readFileSync(new URL(`completion/sfreplay.${shell}`, import.meta.url), 'utf8'));
      return EXIT.ok;
    },
  ).addArgument(new Argument('<shell>', 'the shell to write it for').choices(['bash', 'zsh', 'fish']));

  add(
    'schema',
    'print the JSON Schema of the configuration, for editors',
    'Print the JSON Schema of the configuration file. It is in the package too, as sfreplay/schema.json.',
    async () => {
      const { configJsonSchema } = await import('../config/keys.js');
      await print(terminal.stdout, `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
      return EXIT.ok;
    },
  );

  program
    .command('help [topic]')
    .summary('show a page of the reference, or the help of a command')
    .description(`Show a page of the reference (${TOPICS.join(', ')}), or the help of a command.`)
    .action(async (name: string | undefined) => {
      if (name !== undefined && TOPICS.includes(name)) {
        const { showPage } = await import('./help/pages.js');
        await print(
          terminal.stdout,
          showPage(name, Math.min(terminal.stdout.isTTY ? 100 : 80, widthOf(terminal.stdout))),
        );
        done(EXIT.ok);
        return;
      }
      const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
      if (command === undefined)
        throw new UsageError(
          `There is no topic or command "${name}".${didYouMean(name ?? '', [...TOPICS, ...names()])}`,
          {
            hint: `Topics: ${TOPICS.join(', ')}. Commands: ${names().join(', ')}.`,
          },
        );
      await addFlags(command);
      command.help();
    });

  // Called by the completion scripts at each press of a key.
  program
    .command('__complete', { hidden: true })
    .argument('<line>')
    .action(async (line: string) => {
      const { complete } = await import('./completion/complete.js');
      await print(terminal.stdout, await complete(program, line, terminal));
      done(EXIT.ok);
    });
  return program;
}

/** Where a secret goes that somebody would give as a flag. */
const SECRETS: ReadonlyMap<string, string> = new Map([
  ['--client-secret', '--client-secret-file FILE, or the variable SALESFORCE_CLIENT_SECRET'],
  ['--access-token', 'the variable SALESFORCE_ACCESS_TOKEN'],
  ['--sfdx-auth-url', '--sfdx-auth-url-file FILE, or the variable SFDX_AUTH_URL'],
]);

/** Commander's command, which tells an unknown option without the value that was typed with it. */
class CommandLine extends Command {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name);
  }

  /** Called by commander, which does not declare it. */
  unknownOption(typed: string): void {
    const option = typed.startsWith('--') ? typed.replace(/=.*$/s, '') : typed.slice(0, 2);
    const flags = this.createHelp()
      .visibleOptions(this)
      .flatMap(({ long }) => (long ? [long] : []));
    const instead = SECRETS.get(option);
    const hint =
      instead === undefined
        ? didYouMean(option, flags).replace(/^ (.*) "(.*)"\?$/, '\n($1 $2?)')
        : `\n(Other users can see a command line, so no flag takes a secret: use ${instead}.)`;
    this.error(`error: unknown option '${option}'${hint}`, { code: 'commander.unknownOption' });
  }
}

/**
 * `sfreplay chekc` asks to replay a file of that name. Throws a `UsageError` that says so, and which of the commands was
 * probably meant.
 */
export function refuseMisspeltCommand([first]: readonly string[], commands: readonly string[]): void {
  if (first === undefined || !/^[a-z]+$/i.test(first) || existsSync(first)) return;
  const command = suggest(first, commands);
  if (command === undefined) return;
  throw new UsageError(`There is no file "${first}" to replay, and no such command.`, {
    hint: `Did you mean "sfreplay ${command}"? The command comes before its flags.`,
  });
}
