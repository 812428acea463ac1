import type { Summary } from './accounting/summary.js';
import { settingsFromObject, type Config } from './config/load.js';
import { fromLines } from './input/from-lines.js';
import type { ReplayObserver } from './replay/replay-options.js';
import { reportedReplay } from './replay/replay.js';
import { makeRunId } from './core/run-id.js';

export type { Config, ReplayObserver, Summary };
export type { ProgressSnapshot, TopicProgress } from './accounting/progress.js';
export type { ErrorSummary, TopicSummary, Totals } from './accounting/summary.js';
export type { JobEvent } from './core/record.js';
export { ConfigError, PreflightError, ReplayStopped, SfreplayError, UsageError } from './core/errors.js';

export interface ReplayOptions {
  /** The lines are bare records, all of this topic. */
  readonly topic?: string;
  /** What `source.file` says in the failures file; `-` unless told. */
  readonly name?: string;
  /**
   * Aborted to wind down: reads no more, sends nothing new, settles what is in flight. The promise resolves to the summary
   * all the same, also when it was aborted before the start; its `run.stopped` says so, and its exit code is 3.
   */
  readonly signal?: AbortSignal;
  /** Told of warnings, of bulk jobs and of how far the run is. It never steers, and need not have all of its methods. */
  readonly observer?: ReplayObserver;
}

/**
 * Replays lines of topic-tagged NDJSON into Salesforce.
 *
 * `lines` may be a stream of bytes (`createReadStream('dump.ndjson')`, `response.body`), or anything that gives one line at
 * a time, as text or bytes; an item that holds line breaks is read as the lines that it holds. More is asked for only when
 * there is room for it. `config` is the configuration file as an object: the same keys, the same defaults; neither the environment nor
 * a configuration file is looked at. Failures are in the file that the summary names, as with the command.
 *
 * Resolves to the summary, also when records failed: look at `summary.run.exit_code` and `summary.totals`. Rejects with
 * `ConfigError`, `PreflightError` or, for a report file that cannot be written, `UsageError` before anything is sent.
 */
export async function replay(
  lines: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  config: Config,
  options: ReplayOptions = {},
): Promise<Summary> {
  const { summary } = await reportedReplay({
    settings: settingsFromObject(config),
    input: fromLines(lines, options.name),
    bareTopic: options.topic,
    runId: makeRunId(),
    ...(options.signal === undefined ? {} : { stopping: options.signal }),
    ...(options.observer === undefined ? {} : { observer: options.observer }),
    env: process.env,
  });
  return summary;
}
