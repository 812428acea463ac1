import { Emulator, type EmulatorOptions } from '../../src/emulator/index.js';
import type { Population } from './dump.js';

const DATA = '/services/data/v65.0';

/** An org that is slow and works on small pieces, so that a kill finds something under way; with records to change. */
export async function startWorld(
  seed: number,
  records: number,
  options: EmulatorOptions = {},
): Promise<{ org: Emulator; population: Population }> {
  const org = await Emulator.start({
    seed,
    latencyMs: 5 + (seed % 3) * 5,
    bulk: { queueMs: 20 + (seed % 4) * 15, batchSize: 3, chunkSize: 2, batchTimeMs: 10, parallelBatches: 2 },
    ...options,
  });
  if (seed % 2 === 0) org.addFault('bad-value-400:count=0');
  const old = Array.from({ length: records }, (_, i) => ({ Name: `old ${i}` }));
  const ids = await createAccounts(org, old);
  const third = Math.ceil(records / 4);
  const population = {
    toUpdate: ids.slice(0, third),
    toDelete: ids.slice(third, -third),
    deleted: ids.slice(-third),
  };
  await remove(org, population.deleted);
  return { org, population };
}

/** Returns their Ids, in the same order. */
export async function createAccounts(org: Emulator, accounts: readonly object[]): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < accounts.length) {
    const records = accounts
      .slice(ids.length, ids.length + 200)
      .map((account) => ({ attributes: { type: 'Account' }, ...account }));
    const results = await call(org, 'POST', '/composite/sobjects', { allOrNone: true, records });
    ids.push(...results.map(({ id }) => id));
  }
  return ids;
}

async function remove(org: Emulator, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await call(org, 'DELETE', `/composite/sobjects?ids=${ids.join(',')}`);
}

async function call(org: Emulator, method: string, path: string, body?: object): Promise<{ id: string }[]> {
  const response = await fetch(`${org.url}${DATA}${path}`, {
    method,
    headers: { authorization: `Bearer ${org.issueToken()}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const results = (await response.json()) as { id: string; success: boolean }[];
  if (!results.every(({ success }) => success)) throw new Error(JSON.stringify(results));
  return results;
}
