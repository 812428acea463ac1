import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/duration.js';
import type { TypedOptions } from '../config/typed-options.js';
import type { TypedFlag } from './retry-command.js';
import type { ProgressChoice } from './terminal.js';

/** The flags of `replay` and `check` as typed. */
export interface InputFlags extends TypedOptions {
  readonly topic?: string;
  readonly json?: boolean;
}

export interface ProgressFlags {
  readonly progress: ProgressChoice;
  readonly quiet?: boolean;
}

export interface ReplayFlags extends InputFlags, ProgressFlags {
  readonly dryRun?: boolean;
}

/** Of a retry; a run has no flag to leave something out. */
export interface RetryFlags extends Omit<ReplayFlags, 'dryRun'> {
  readonly includeInDoubt?: boolean;
}

export interface CheckFlags extends InputFlags {
  readonly offline?: boolean;
}

export interface DiffFlags extends InputFlags, ProgressFlags {
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

/** Flags that say what is read and how it is written; all but the first three are configuration keys too. */
export function addInputFlags(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (default: searched for from here upwards)')
    .option(
      '--map <mapping>',
      'TOPIC=SOBJECT[:OPERATION[:EXTERNAL_ID_FIELD[:MODE]]]; replaces a mapping of the same topic; repeatable',
      collect,
    )
    .option('--topic <name>', 'the lines are bare records, all of this topic')
    .option('--envelope <auto|native|kcat|rpk>', 'what a line looks like (default: auto)')
    .option('--org-url <url>', 'base URL of the org (or SALESFORCE_ORG_URL)')
    .option('--client-id <id>', 'consumer key of the connected app (or SALESFORCE_CLIENT_ID)')
    .option('--client-secret-file <file>', 'file that holds the consumer secret (or SALESFORCE_CLIENT_SECRET)')
    .option('--target-org <alias>', 'org that the Salesforce CLI is logged in to (or SF_TARGET_ORG)')
    .option('--sfdx-auth-url-file <file>', 'file that holds an SFDX auth URL (or SFDX_AUTH_URL)')
    .option('--restapi-version <version>', 'REST API version (default: v65.0)')
    .option('--request-timeout <duration>', 'per HTTP request (default: 30s)')
    .option('--max-retries <n>', 'retries of one request (default: 10)')
    .option('--bulk-batch-size <n|auto>', 'records per bulk job; realtime: at most 200 (default: 1000)')
    .option('--max-concurrent-bulk-jobs <n>', 'bulk jobs in flight at once (default: 10)')
    .option('--bulk-poll-interval <duration>', 'longest wait between two looks at a job (default: 5s)')
    .option('--batch-period <duration>', 'longest time an incomplete batch waits (default: 5s)')
    .option('--max-in-flight <n|auto>', 'realtime batches in flight at once (default: 1)')
    .option('--max-failures <n|n%>', 'stop when so many lines have failed (default: none)')
    .option('--max-api-usage <n%>', "stop before the org's daily API calls used pass this (default: none)")
    .option('--failures <file>', 'where failed records go (default: sfreplay-<run id>.failed.ndjson)')
    .option('--successes <file>', 'one line per written record (default: none)')
    .option(
      '--journal <file>',
      'crash-safe journal: the same command again continues (default: one is left if a run over files stops)',
    )
    .option('--report <file>', 'HTML page about the run, to look at when it is over (default: none)')
    .option('--shard <I/N>', 'take the records of shard I of N only, by key (default: 1/1)')
    .option('--unmapped <skip|fail>', 'what becomes of a topic without a mapping (default: skip)')
    .option('--unwritable <drop|fail|send>', 'what becomes of fields you may not write (default: drop)')
    .option('--json', 'print the result as one JSON document');
}

export function addReplayFlags(command: Command): Command {
  return addProgressFlags(addInputFlags(command)).option(
    '--dry-run',
    'everything but the writes: the same as check with these files',
  );
}

/** Those of `replay`, with other words for what is otherwise here. The failures of a shard are retried whole. */
export function addRetryFlags(command: Command): Command {
  for (const option of addInputFlags(new Command()).options) {
    if (option.long === '--failures') option.description = 'where what fails again goes (default: FILE.retry-N.ndjson)';
    if (option.long !== '--shard') command.addOption(option);
  }
  return addProgressFlags(command).option(
    '--include-in-doubt',
    'send inserts in doubt too, which may have been written already',
  );
}

function addProgressFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--progress <auto|spinner|plain|none>', 'progress on standard error')
        .choices(['auto', 'spinner', 'plain', 'none'])
        .default('auto'),
    )
    .option('-q, --quiet', 'no progress');
}

export function addCheckFlags(command: Command): Command {
  return addInputFlags(command).option('--offline', 'leave the org out: no sign-in, no describe');
}

/** Files of a run that this is none of are taken and not written, as `check` does: the flags are those of the replay. */
export function addDiffFlags(command: Command): Command {
  return addProgressFlags(addInputFlags(command)).option(
    '--out <file>',
    'where the lines go that make the org equal, to be replayed (default: none)',
  );
}

export function addInitFlags(command: Command): Command {
  return command.option('--topic <name>', 'the lines are bare records, all of this topic');
}

export function addDemoFlags(command: Command): Command {
  return command.option('--report <file>', 'HTML page about the run, to look at when it is over (default: none)');
}

export function addEmulatorFlags(command: Command): Command {
  return command
    .option('--port <n>', 'port on 127.0.0.1 (default: a free one)', integer(0, 65_535))
    .option('--seed <n>', 'seed of all that is left to chance', integer(0))
    .option('--latency <duration>', 'time before each answer', duration)
    .option('--record-time <duration>', 'time per record written', duration)
    .option('--fault <fault>', 'something that goes wrong on purpose, e.g. 503:count=2; repeatable', collect)
    .option('--api-limit <n>', 'API calls per day', integer(1))
    .option('--client-secret <secret>', 'of its app (default: made anew at each start)')
    .option('--describe <file>', 'sObject from `sf sobject describe --json`; repeatable', collect)
    .option('--auth-files <folder>', 'write what JWT, refresh token and SFDX auth URL need: emulator.key, …');
}

/** The flags that were typed, in the order of the help. */
export function typedFlags(command: Command): TypedFlag[] {
  return command.options.flatMap((option): TypedFlag[] => {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli') return [];
    const flag = option.short ?? option.long ?? '';
    const value: unknown = command.getOptionValue(name);
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values.map((one) => (one === true ? { flag } : { flag, value: String(one) }));
  });
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
