import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import { settingsFromObject } from '../../config/load.js';
import { makeRunId } from '../../core/run-id.js';
import { Emulator } from '../../emulator/index.js';
import { openFiles } from '../../input/source.js';
import { replay } from '../../replay/replay.js';

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

/** A row of a query's result: a value, or the parent's row, by field or relationship. */
export interface QueryRow {
  readonly [name: string]: unknown;
}

/** Asks the emulator over HTTP, as any client would. Proxy variables have no say, since the agent is our own. */
export async function query(emulator: Emulator, soql: string): Promise<readonly QueryRow[]> {
  const url = new URL('/services/data/v65.0/query', emulator.url);
  url.searchParams.set('q', soql);
  const dispatcher = new Agent();
  try {
    const { body } = await request(url, { dispatcher, headers: { authorization: `Bearer ${emulator.issueToken()}` } });
    const { records } = (await body.json()) as { records: readonly QueryRow[] };
    return records;
  } finally {
    await dispatcher.close();
  }
}

/** `Account.Name` of a row; empty where there is none. */
export function fieldText(row: QueryRow, path: string): string {
  const value = path
    .split('.')
    .reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? (at as QueryRow)[name] : undefined), row);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const FIXTURES = fileURLToPath(new URL('../../../fixtures/demo/', import.meta.url));

export const CONFIG_FILE = 'sfreplay.yaml';

/** What is replayed, in this order. */
export const SAMPLES = [
  'accounts.kcat.ndjson',
  'contacts.rpk.ndjson',
  'invoices.ndjson',
  'leads.ndjson.gz',
  'support.ndjson',
];

/** The records that the org holds before the replay. */
const ORG_FILE = join(FIXTURES, 'org.ndjson');

/**
 * Copies configuration and samples into a folder. An update and a delete need Ids, which the org gives out anew each time:
 * `{{CASE-2001}}` in a sample stands for the Id of the record with that external id.
 */
export function copySamples(folder: string, ids: ReadonlyMap<string, string>): void {
  copyFileSync(join(FIXTURES, CONFIG_FILE), join(folder, CONFIG_FILE));
  for (const name of SAMPLES) {
    if (name.endsWith('.gz')) copyFileSync(join(FIXTURES, name), join(folder, name));
    else writeFileSync(join(folder, name), withIds(readFileSync(join(FIXTURES, name), 'utf8'), ids));
  }
}

function withIds(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/\{\{([A-Z0-9-]+)\}\}/g, (_, externalId: string) => {
    const id = ids.get(externalId);
    if (id === undefined) throw new Error(`The demo's org has no record ${externalId}.`);
    return id;
  });
}
