import { Emulator } from '../../src/emulator/index.js';
import type { Chance } from './random.js';
import type { Population } from './generate.js';

/** An org that works on small pieces in shuffled order, with some records in it. */
export async function startWorld(chance: Chance, seed: number): Promise<{ org: Emulator; population: Population }> {
  const org = await Emulator.start({
    seed,
    bulk: {
      queueMs: chance.integer(3),
      batchSize: 3 + chance.integer(3),
      chunkSize: 2 + chance.integer(2),
      parallelBatches: 1 + chance.integer(3),
    },
    latencyMs: chance.integer(3),
  });
  const parentKeys = ['P-0', 'P-1', 'P-2'];
  await create(org, [
    ...parentKeys.map((key) => ({ Name: key, External_Id__c: key })),
    ...['a-0', 'a-1'].map((key) => ({ Name: key, External_Id__c: key, Description: 'was here' })),
    { Name: 'l', Legacy_Code__c: 'l-0' },
    { Name: 's', Segment_Code__c: 's-1', Balance__c: 5 },
    { Name: 'n', Customer_Number__c: 10 },
    ...Array.from({ length: 15 }, (_, i) => ({ Name: `old ${i}`, AccountNumber: 'old' })),
  ]);
  const accounts = org.records('Account');
  const parentIds = accounts.slice(0, 3).map(({ Id }) => Id);
  await create(
    org,
    ['i-0', 'i-1', 'P-invoice'].map((key) => ({ External_Id__c: key, Account__c: parentIds[0] })),
    'Invoice__c',
  );
  await create(
    org,
    ['c-0', 'P-contact'].map((key) => ({ External_Id__c: key, LastName: 'was here' })),
    'Contact',
  );
  await create(org, [{ External_Id__c: 'P-lead', LastName: 'was here', Company: 'C' }], 'Lead');
  const old = accounts.filter(({ AccountNumber: number }) => number === 'old').map(({ Id }) => Id);
  const population = {
    parentKeys,
    parentIds,
    keysOf: { Account: parentKeys, Contact: ['P-contact'], Lead: ['P-lead'], Invoice__c: ['P-invoice'] },
    idsToUpdate: old.slice(0, 5),
    idsToDelete: old.slice(5, 10),
    idsToUpsert: old.slice(10),
  };
  return { org, population };
}

/** Faults after which everything can be done again, and must be. `isKeyed`: also inserts. */
export function addHarmlessFaults(org: Emulator, chance: Chance, isKeyed = false): void {
  org.addFault({ kind: 'lock', rate: 0.03, count: 6 });
  const kinds = ['503', '503-html', '429', 'limit-concurrent', 'reset-before', 'slow'] as const;
  const places = ['collections', 'bulk-create', 'bulk-upload', 'bulk-state', 'bulk-info', 'bulk-result'] as const;
  // One of these is a session that ended; a second in a row would be a sign-in that is revoked.
  if (chance.happens(0.5)) org.addFault({ kind: '401', on: chance.pick(places), after: chance.integer(4) });
  for (let left = 1 + chance.integer(5); left > 0; left--) {
    const kind = chance.pick(kinds);
    const on = chance.pick(places);
    // A reset says nothing of what was done: for an insert without a key it is not harmless.
    if (!isKeyed && kind === 'reset-before' && on === 'collections') continue;
    org.addFault({ kind, on, after: chance.integer(4), count: 1 + chance.integer(2), ms: 20, retryAfter: '0' });
  }
}

export async function create(org: Emulator, records: readonly object[], type = 'Account'): Promise<void> {
  const response = await fetch(`${org.url}/services/data/v65.0/composite/sobjects`, {
    method: 'POST',
    headers: { authorization: `Bearer ${org.issueToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ allOrNone: true, records: records.map((record) => ({ attributes: { type }, ...record })) }),
  });
  const results = (await response.json()) as { success: boolean }[];
  if (!results.every(({ success }) => success)) throw new Error(JSON.stringify(results));
}
