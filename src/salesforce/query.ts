import type { ApiRequest, Interruption } from './api-request.js';
import type { SalesforceClient } from './client.js';
import { unusable } from './errors.js';

/** A row of query results: fields by the names that the query gave. */
export type QueryRow = Readonly<Record<string, unknown>>;

/** Runs a SOQL query and gives all of its rows, page by page. Throws a `RequestError`. */
export async function queryAll(
  client: SalesforceClient,
  soql: string,
  interruption: Interruption = {},
): Promise<QueryRow[]> {
  const rows: QueryRow[] = [];
  let page: Pick<ApiRequest<Page>, 'path' | 'query'> | undefined = { path: 'query', query: { q: soql } };
  while (page !== undefined) {
    const { value }: { value: Page } = await client.request<Page>({
      ...interruption,
      ...page,
      method: 'GET',
      repeatable: true,
      read: async (reply) => parsePage(await reply.json()),
    });
    rows.push(...value.rows);
    page = value.next === undefined ? undefined : { path: value.next };
  }
  return rows;
}

interface Page {
  readonly rows: readonly QueryRow[];
  /** Path of the next page below the version. */
  readonly next: string | undefined;
}

function parsePage(document: unknown): Page {
  const { records, done, nextRecordsUrl } = (document ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(records) || typeof done !== 'boolean') {
    throw unusable('a query result without records');
  }
  if (done) return { rows: records as QueryRow[], next: undefined };
  const next = typeof nextRecordsUrl === 'string' ? /\/(query\/[\w-]+)$/.exec(nextRecordsUrl)?.[1] : undefined;
  if (next === undefined) throw unusable('an incomplete query result');
  return { rows: records as QueryRow[], next };
}

/** Most records that one call retrieves. */
export const MAX_RETRIEVED = 2_000;

/** Retrieves these fields of records by their Ids; those that are not there, or hidden, are left out. Throws a `RequestError`. */
export async function retrieve(
  client: SalesforceClient,
  { sobject, ids, fields }: { sobject: string; ids: readonly string[]; fields: readonly string[] },
  interruption: Interruption = {},
): Promise<QueryRow[]> {
  const { value } = await client.request<QueryRow[]>({
    ...interruption,
    method: 'POST',
    path: `composite/sobjects/${encodeURIComponent(sobject)}`,
    json: JSON.stringify({ ids, fields }),
    repeatable: true,
    read: async (reply) => {
      const rows: unknown = await reply.json();
      if (!Array.isArray(rows)) throw unusable('a reply that is not a list of records');
      return rows.filter((row: unknown): row is QueryRow => typeof row === 'object' && row !== null);
    },
  });
  return value;
}
