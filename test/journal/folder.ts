import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Binding } from '../../src/journal/format.js';
import { Journal, type OpenJournalOptions } from '../../src/journal/journal.js';

/** A path in a folder of the test's own. */
export function freshPath(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

export const BINDING: Binding = {
  org_url: 'https://acme.my.salesforce.com',
  topic_mappings: [{ topic: 't', sobject: 'Account', operation: 'upsert' }],
  'the input': ['dump.ndjson'],
  "the input's size in bytes": 100,
  envelope: 'auto',
  '--topic': null,
  unmapped_topics: 'skip',
  shard: '1/1',
};

export async function openJournal(path: string, options: Partial<OpenJournalOptions> = {}): Promise<Journal> {
  return Journal.open({
    ...{
      path,
      isAskedFor: true,
      runId: 'run-1',
      startedAtMs: 0,
      failuresFile: undefined,
      defaultFailuresFile: 'run-1.failed.ndjson',
    },
    ...{ successesFile: undefined, binding: BINDING, warn: () => undefined },
    ...options,
  });
}

/** Lines of a topic by their ordinals. */
export function lines(...ordinals: number[]): { ordinal: number; text: string }[] {
  return ordinals.map((ordinal) => ({ ordinal, text: `line ${ordinal}` }));
}
