import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
export const ORG_FILE = join(FIXTURES, 'org.ndjson');

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
