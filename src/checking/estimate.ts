import type { Estimate } from '../accounting/check-report.js';
import type { Batch } from '../batching/batch.js';
import { looksUpIds, type Mode } from '../core/record.js';
import type { Settings } from '../core/settings.js';
import { readCalls, readsAtOnce } from '../writers/present-values.js';

/*
 * What nobody knows before a run, taken from what orgs usually do. They decide the time alone, and are told with it.
 */
const MS_PER_REALTIME_RECORD = 4;
const BULK_JOB_MS = 5_000;
const BULK_RECORDS_PER_SECOND = 500;
/** What `max_in_flight: auto` is reckoned to find. */
const USUAL_CALLS_AT_ONCE = 8;
/** Stands in for a round trip that could not be measured. */
const USUAL_ROUND_TRIP_MS = 150;
/** Salesforce cuts a job's file into batches of so many rows. */
const BULK_BATCH_ROWS = 10_000;
/** Create, upload, close. */
const CALLS_TO_BEGIN_A_JOB = 3;

interface Pace {
  readonly settings: Settings;
  /** Of a call just now; undefined where none was measured. */
  readonly measuredMs: number | undefined;
}

/** Adds up what the batches of one topic would cost. */
export class TopicCost {
  batches = 0;
  bulkBatches = 0;
  /** But those that read what the org holds. */
  #writeCalls = 0;
  /** Before they are sent, with `only_changes`. */
  #recordsRead = 0;
  #totalMs = 0;
  #longestChainMs = 0;
  #chainMs = 0;

  constructor(
    readonly mode: Mode,
    private readonly pace: Pace,
  ) {}

  add({ mapping, records, closedBy }: Batch): void {
    const { settings, measuredMs: roundTripMs = USUAL_ROUND_TRIP_MS } = this.pace;
    const lookups = looksUpIds(mapping) ? readCalls(records.length) : 0;
    let ms = lookups * roundTripMs;
    this.batches++;
    this.#writeCalls += lookups;
    if (settings.onlyChanges) this.#recordsRead += records.filter(({ key }) => key !== undefined).length;
    if (mapping.mode === 'bulk') {
      const jobMs = BULK_JOB_MS + (records.length / BULK_RECORDS_PER_SECOND) * 1000;
      const polls = Math.ceil(jobMs / settings.bulkPollIntervalMs);
      // The failures, and the successes where they are asked for.
      const results = settings.successesFile === undefined ? 1 : 2;
      ms += jobMs;
      this.bulkBatches += Math.ceil(records.length / BULK_BATCH_ROWS);
      this.#writeCalls += CALLS_TO_BEGIN_A_JOB + polls + results;
    } else {
      ms += roundTripMs + records.length * MS_PER_REALTIME_RECORD;
      this.#writeCalls++;
    }
    this.#totalMs += ms;
    this.#chainMs += ms;
    this.#longestChainMs = Math.max(this.#longestChainMs, this.#chainMs);
    // A batch that was closed for a repeated key is waited for by the next one.
    if (closedBy !== 'key') this.#chainMs = 0;
  }

  get apiCalls(): number {
    return this.#writeCalls + this.readCalls;
  }

  get readCalls(): number {
    return readCalls(this.#recordsRead);
  }

  /**
   * As much side by side as order and settings allow. Nobody knows what `only_changes` will spare: all is taken to be read
   * and sent.
   */
  get durationMs(): number {
    const { settings, measuredMs: roundTripMs = USUAL_ROUND_TRIP_MS } = this.pace;
    const atOnce = this.mode === 'bulk' ? settings.maxConcurrentBulkJobs : callsAtOnce(settings);
    const lanes = Math.min(atOnce, this.batches);
    const readLanes = Math.min(readsAtOnce(settings), this.readCalls);
    const writeMs = lanes > 0 ? Math.max(this.#totalMs / lanes, this.#longestChainMs) : 0;
    return writeMs + (readLanes > 0 ? (this.readCalls * roundTripMs) / readLanes : 0);
  }
}

/** Of a replay after so many calls. The time is that of one topic after another, as dumps mostly are. */
export function estimateOf(
  topics: readonly { readonly cost: TopicCost; readonly keysDistinct: number }[],
  pace: Pace,
  callsBefore: number,
): Estimate {
  const costs = topics.map(({ cost }) => cost);
  const { measuredMs } = pace;
  return {
    api_calls: costs.reduce((calls, { apiCalls }) => calls + apiCalls, callsBefore),
    diff_calls: topics.reduce((calls, { keysDistinct }) => calls + readCalls(keysDistinct), callsBefore),
    bulk_batches: costs.reduce((batches, { bulkBatches }) => batches + bulkBatches, 0),
    duration_ms: Math.round(costs.reduce((ms, { durationMs }) => ms + durationMs, 0)),
    round_trip_ms: measuredMs === undefined ? null : Math.round(measuredMs),
    assumptions: assumptions(costs, pace),
  };
}

/** What the time is reckoned with; one sentence each. */
function assumptions(costs: readonly TopicCost[], { settings, measuredMs }: Pace): string[] {
  const costly = costs.filter(({ batches }) => batches > 0);
  const lanes = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'} at a time`;
  const roundTrip = `${Math.round(measuredMs ?? USUAL_ROUND_TRIP_MS)} ms (${measuredMs === undefined ? 'assumed' : 'measured'})`;
  const calls = lanes(callsAtOnce(settings), 'call');
  const jobs = lanes(settings.maxConcurrentBulkJobs, 'job');
  const reads = lanes(readsAtOnce(settings), 'call');
  const told: readonly (readonly [(cost: TopicCost) => boolean, string])[] = [
    [
      ({ mode }) => mode === 'realtime',
      `realtime: a round trip of ${roundTrip} and ${MS_PER_REALTIME_RECORD} ms a record, ${calls}`,
    ],
    [
      ({ mode }) => mode === 'bulk',
      `bulk: ${BULK_JOB_MS / 1000} s a job and ${BULK_RECORDS_PER_SECOND} records/s in it, ${jobs}`,
    ],
    [
      ({ readCalls }) => readCalls > 0,
      `only_changes: all records are read, a round trip for each call, ${reads}, and then sent`,
    ],
  ];
  return told.flatMap(([isSaid, text]) => (costly.some(isSaid) ? [text] : []));
}

function callsAtOnce({ maxInFlight }: Settings): number {
  return maxInFlight === 'auto' ? USUAL_CALLS_AT_ONCE : maxInFlight;
}
