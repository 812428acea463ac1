import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDuration } from '../config/duration.js';
import type { TypedOptions } from '../config/layers.js';
import type { ProgressChoice } from './terminal.js';

/** The flags of the commands that read input, as typed; which of them a command has, {@link addFlags} says. */
export interface InputFlags extends TypedOptions {
  readonly topic?: string;
  readonly envelope?: string;
  readonly failures?: string;
  readonly journal?: string;
  readonly report?: string;
  readonly json?: boolean;
  readonly progress?: ProgressChoice;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
  readonly includeInDoubt?: boolean;
  readonly offline?: boolean;
  readonly out?: string;
}

export interface InitFlags {
  readonly topic?: string;
}

export interface DemoFlags {
  readonly report?: string;
}

export interface EmulatorFlags {
  readonly port?: number;
  readonly seed?: number;
  readonly latency?: number;
  readonly recordTime?: number;
  readonly fault?: readonly string[];
  readonly clientSecret?: string;
  readonly apiLimit?: number;
  readonly describe?: readonly string[];
  readonly authFiles?: string;
}

const BARE = 'the lines are bare records, all of this topic';
const PAGE = 'HTML report of the run, written when it ends (default: none)';

/**
 * Adds the flags of a command. Most stand for configuration keys and come from the schema, which is loaded only here: neither
 * `--version` nor the help of the program has to wait for it.
 */
export async function addFlags(command: Command): Promise<void> {
  const flags = await FLAGS[command.name()]?.();
  for (const flag of flags ?? []) command.addOption(flag);
}

export async function addAllFlags(program: Command): Promise<void> {
  for (const command of program.commands) await addFlags(command);
}

const FLAGS: Readonly<Record<string, () => Option[] | Promise<Option[]>>> = {
  replay: async () => [
    ...(await inputFlags()),
    ...progressFlags(),
    new Option('--dry-run', 'write nothing: the same as check with these files'),
  ],
  // The failures of a shard are retried whole.
  retry: async () => [
    ...(await inputFlags())
      .filter(({ long }) => long !== '--shard')
      .map((flag) =>
        flag.long === '--failures'
          ? new Option(flag.flags, 'where records that fail again go (default: FILE.retry-N.ndjson)')
          : flag,
      ),
    ...progressFlags(),
    new Option('--include-in-doubt', 'send inserts in doubt too, which may have been written already'),
  ],
  check: async () => [
    ...(await inputFlags()),
    new Option('--offline', 'do not contact the org: no sign-in, no describe'),
  ],
  // Files of a run that this is none of are taken and not written, as check does: the flags are those of the replay.
  diff: async () => [
    ...(await inputFlags()),
    ...progressFlags(),
    new Option('--out <file>', 'where to write the lines that, replayed, make the org equal (default: none)'),
  ],
  init: () => [new Option('--topic <name>', BARE)],
  demo: () => [new Option('--report <file>', PAGE)],
  emulator: () => [
    new Option('--port <n>', 'port on 127.0.0.1 (default: a free one)').argParser(integer(0, 65_535)),
    new Option('--seed <n>', 'random seed').argParser(integer(0)),
    new Option('--latency <duration>', 'delay before each response').argParser(duration),
    new Option('--record-time <duration>', 'time per record written').argParser(duration),
    new Option('--fault <fault>', 'fault to inject, e.g. 503:count=2; repeatable').argParser(collect),
    new Option('--api-limit <n>', 'API calls per day').argParser(integer(1)),
    new Option('--client-secret <secret>', 'client secret (default: a new one at each start)'),
    new Option('--describe <file>', 'sObject from `sf sobject describe --json`; repeatable').argParser(collect),
    new Option(
      '--auth-files <folder>',
      'folder for the files that sign-in by JWT, refresh token or SFDX auth URL needs',
    ),
  ],
};

/** What is read and how it is written; all but the first three and the last are configuration keys too. */
async function inputFlags(): Promise<Option[]> {
  const { configKeys } = await import('../config/keys.js');
  return [
    new Option('-c, --config <file>', 'configuration file (default: found in this folder or a parent)'),
    new Option(
      '--map <mapping>',
      'TOPIC=SOBJECT[:OPERATION[:EXTERNAL_ID_FIELD[:MODE]]]; replaces a mapping of the same topic; repeatable',
    ).argParser(collect),
    new Option('--topic <name>', BARE),
    ...configKeys().flatMap(({ flag }) => (flag === undefined ? [] : [new Option(flag.syntax, flag.help)])),
    new Option('--json', 'print the result as one JSON document'),
  ];
}

function progressFlags(): Option[] {
  return [
    new Option('--progress <auto|spinner|plain|none>', 'progress on standard error')
      .choices(['auto', 'spinner', 'plain', 'none'])
      .default('auto'),
    new Option('-q, --quiet', 'no progress'),
  ];
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

function integer(atLeast: number, atMost: number = Number.MAX_SAFE_INTEGER) {
  return (value: string): number => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= atLeast && number <= atMost) return number;
    const range = atMost === Number.MAX_SAFE_INTEGER ? `of at least ${atLeast}` : `from ${atLeast} to ${atMost}`;
    throw new InvalidArgumentError(`Expected an integer ${range}.`);
  };
}

function duration(value: string): number {
  const milliseconds = parseDuration(value);
  if (milliseconds === undefined) throw new InvalidArgumentError('Expected a duration such as 500ms, 5s or 1m30s.');
  return milliseconds;
}
