import { setTimeout as delay } from 'node:timers/promises';
import type { Mode } from './record.js';
import type { RunOptions } from './run-options.js';
import { BulkWriter } from './writers/bulk.js';
import { RealtimeWriter } from './writers/realtime.js';
import type { Writer, WriterContext } from './writers/writer.js';

/** The writers of one run, which share its client, its journal and its signals. */
export function makeWriters(
  options: RunOptions,
  onJob: WriterContext['onJob'],
  warn: WriterContext['warn'],
): Readonly<Record<Mode, Writer>> {
  const { settings, journal } = options;
  const context: WriterContext = {
    client: options.client,
    headers: settings.org?.headers ?? {},
    maxRetries: settings.org?.maxRetries ?? 0,
    stopping: options.stopping,
    aborting: options.aborting,
    sleep: options.chance?.sleep ?? sleepUnlessAborted,
    random: options.chance?.random ?? Math.random,
    warn,
    wantsIds: settings.successesFile !== undefined,
    now: () => performance.now(),
    bulkPollIntervalMs: settings.bulkPollIntervalMs,
    journal,
    onJob,
  };
  return { realtime: new RealtimeWriter(context), bulk: new BulkWriter(context) };
}

async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
