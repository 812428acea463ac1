import { settingsFromObject } from '../../config/load.js';
import { Emulator } from '../../emulator/index.js';
import { openFiles } from '../../input/source.js';
import { replay } from '../../replay/replay.js';
import { makeRunId } from '../../core/run-id.js';
import { ORG_FILE } from './samples.js';

const SOBJECTS = ['Account', 'Case', 'Task'];

export interface PreparedOrg {
  readonly emulator: Emulator;
  /** Ids of the records in it, by external id. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Starts an org that is as slow as to let progress be seen, and gives it the records that the samples refer to. */
export async function startPreparedOrg(stdin: NodeJS.ReadStream): Promise<PreparedOrg> {
  const emulator = await Emulator.start({
    latencyMs: 15,
    recordTimeMs: 2,
    bulk: { recordTimeMs: 4 },
    apiLimit: 15_000,
  });
  try {
    await fill(emulator, stdin);
    const ids = SOBJECTS.flatMap((sobject) => emulator.records(sobject)).map(
      (record) => [String(record.External_Id__c), record.Id] as const,
    );
    return { emulator, ids: new Map(ids) };
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

async function fill(emulator: Emulator, stdin: NodeJS.ReadStream): Promise<void> {
  const settings = settingsFromObject({
    org_url: emulator.url,
    client_id: emulator.clientId,
    client_secret: emulator.clientSecret,
    max_in_flight: SOBJECTS.length,
    topic_mappings: SOBJECTS.map((sobject) => ({ topic: sobject, sobject, operation: 'insert' })),
  });
  const { totals } = await replay({ settings, input: await openFiles([ORG_FILE], stdin), runId: makeRunId() });
  if (totals.succeeded !== totals.read) throw new Error(`The demo's org could not be prepared from ${ORG_FILE}.`);
}
