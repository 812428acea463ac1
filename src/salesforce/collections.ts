import type { ApiRequest, ErrorReply, Interruption } from './api-request.js';
import type { SalesforceClient } from './client.js';
import { bodyExcerpt, parseApiError } from './error-body.js';
import { unusable, type ApiError } from './errors.js';

export interface CollectionCall extends Interruption {
  readonly operation: 'insert' | 'update' | 'upsert' | 'delete';
  readonly sobject: string;
  /** For upsert alone. */
  readonly externalIdField: string;
  readonly allOrNone: boolean;
  /** Of each record the members of its JSON object, without the braces; for delete the Ids. At most 200. */
  readonly records: readonly string[];
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** May the call be processed twice without harm? Not so for insert, nor for an upsert by `Id` that may insert. */
  readonly repeatable: boolean;
}

export interface RecordResult {
  readonly success: boolean;
  /** The record's Id, of successes only: a record that was rolled back may name one that does not exist. */
  readonly id: string | undefined;
  /** Whether an upsert inserted; undefined when the org does not say. */
  readonly created: boolean | undefined;
  /** May be filled for a success, too: a platform event is `OPERATION_ENQUEUED`. */
  readonly errors: readonly ApiError[];
}

interface CollectionReply {
  /** As many as there were records, in their order. */
  readonly results: readonly RecordResult[];
  readonly attempts: number;
  /** An earlier attempt was perhaps processed: then `ENTITY_IS_DELETED` of a delete is success. */
  readonly mayHaveRunBefore: boolean;
}

/** Writes records with one sObject Collections call. Throws a `RequestError` when there is no result per record. */
export async function writeCollection(client: SalesforceClient, call: CollectionCall): Promise<CollectionReply> {
  const { headers, repeatable, signal, stopping } = call;
  const expected = call.records.length;
  const reply = await client.request<RecordResult[]>({
    ...collectionRequest(call),
    ...{ headers, repeatable, signal, stopping },
    read: async (raw) => {
      const results = parseResults(await raw.json(), expected);
      if (results === undefined) throw unusable('a reply that is not a list of results');
      return results;
    },
    readError: (error) => readErrorStatus(error, expected),
  });
  return { results: reply.value, attempts: reply.attempts, mayHaveRunBefore: reply.mayHaveRunBefore };
}

function collectionRequest(call: CollectionCall): Pick<ApiRequest<never>, 'method' | 'path' | 'query' | 'json'> {
  const { operation, sobject, externalIdField, allOrNone, records } = call;
  const path = 'composite/sobjects';
  if (operation === 'delete') {
    // The platform ignores a body here; the option must be in the query.
    return { method: 'DELETE', path, query: { ids: records.join(','), allOrNone: String(allOrNone) } };
  }
  const json = bodyOf(call);
  if (operation === 'insert') return { method: 'POST', path, json };
  if (operation === 'update') return { method: 'PATCH', path, json };
  const target = `${encodeURIComponent(sobject)}/${encodeURIComponent(externalIdField)}`;
  return { method: 'PATCH', path: `${path}/${target}`, json };
}

/** Written into its bytes at once: joined, the records would make one more large string for each call. */
function bodyOf({ sobject, allOrNone, records }: CollectionCall): Buffer {
  const start = `{"attributes":{"type":${JSON.stringify(sobject)}}`;
  const before = Buffer.from(`{"allOrNone":${allOrNone},"records":[`);
  const first = Buffer.from(`${start},`);
  const next = Buffer.from(`},${start},`);
  const after = Buffer.from('}]}');
  const sizes = records.map((members) => Buffer.byteLength(members));
  const bytes = sizes.reduce((sum, size) => sum + size + next.length, before.length + after.length);
  const body = Buffer.allocUnsafeSlow(bytes);
  let end = put(before, 0);
  for (const [i, members] of records.entries()) {
    end += put(i === 0 ? first : next, end);
    const size = sizes[i] as number;
    // A record of nothing has no comma.
    if (size === 0) end--;
    // ASCII is copied as it is.
    else end += body.write(members, end, size === members.length ? 'latin1' : 'utf8');
  }
  end += put(after, end);
  return body.subarray(0, end);

  function put(bytesToPut: Buffer, at: number): number {
    body.set(bytesToPut, at);
    return bytesToPut.length;
  }
}

/** The shape of the body decides, whatever the status: some orgs answer 400 when every record failed. */
function readErrorStatus({ text }: ErrorReply, expected: number): { value: RecordResult[] } | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const results = parseResults(document, expected);
  return results && { value: results };
}

/** Undefined for a document of another shape; throws for results that do not belong to this call. */
function parseResults(document: unknown, expected: number): RecordResult[] | undefined {
  if (!Array.isArray(document)) return undefined;
  const results = document.map(parseResult);
  const complete = results.filter((result) => result !== undefined);
  if (complete.length === 0 && expected > 0) return undefined;
  if (complete.length === expected && results.length === expected) return complete;
  const found = complete.length === results.length ? `${results.length} results` : `${complete.length} usable results`;
  throw unusable(`${found} for ${expected} records`);
}

function parseResult(value: unknown): RecordResult | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { success, id, created, errors } = value as Readonly<Record<string, unknown>>;
  if (typeof success !== 'boolean') return undefined;
  return {
    success,
    id: success && typeof id === 'string' ? id : undefined,
    created: success && typeof created === 'boolean' ? created : undefined,
    errors: Array.isArray(errors) ? errors.map(parseRecordError) : [],
  };
}

function parseRecordError(value: unknown): ApiError {
  const message = bodyExcerpt(JSON.stringify(value));
  return parseApiError(value) ?? { code: 'UNKNOWN_ERROR', message, fields: [] };
}
