import { Agent, request } from 'undici';
import type { Emulator } from '../../emulator/index.js';

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
