import type { Ledger } from '../accounting/ledger.js';
import type { Mode } from '../core/record.js';
import type { RunOptions } from './run-options.js';
import { sleep } from '../salesforce/wait.js';
import { BulkWriter } from '../writers/bulk/bulk-writer.js';
import { RealtimeWriter } from '../writers/realtime.js';
import type { Writer, WriterContext } from '../writers/writer.js';

/** The writers of one run, which share its client, its journal and its signals. */
export function makeWriters(
  options: RunOptions,
  ledger: Ledger,
  warn: WriterContext['warn'],
): Readonly<Record<Mode, Writer>> {
  const { settings, journal, observer } = options;
  const context: WriterContext = {
    client: options.client,
    headers: settings.org?.headers ?? {},
    maxRetries: settings.org?.maxRetries ?? 0,
    stopping: options.stopping,
    aborting: options.aborting,
    sleep: options.chance?.sleep ?? sleep,
    random: options.chance?.random ?? Math.random,
    warn,
    wantsIds: settings.successesFile !== undefined,
    now: () => performance.now(),
    bulkPollIntervalMs: settings.bulkPollIntervalMs,
    journal,
    onJob: ({ mapping }, event) => {
      if (event.kind === 'made' || event.kind === 'resumed') ledger.topic(mapping).jobs.push(event.id);
      observer?.onJob?.(mapping.topic, event);
    },
  };
  return { realtime: new RealtimeWriter(context), bulk: new BulkWriter(context) };
}
