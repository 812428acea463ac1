import { pipeline } from 'node:stream';
import type { Interruption } from './api-request.js';
import type { SalesforceClient } from './client.js';
import { unusable } from './errors.js';
import { jobPath } from './ingest-jobs.js';
import { asReplyError, htmlReply, isHtml, type RawReply } from './reply.js';

export type ResultKind = 'successfulResults' | 'failedResults' | 'unprocessedrecords';

/** Takes one row, its values in the order of the columns. */
type RowSink = (row: readonly string[]) => void;

type ResultsReply =
  | { readonly kind: 'rows'; readonly rows: number }
  /** The org has no such file: the job is too old (404), or failed before there were rows (400). */
  | { readonly kind: 'unavailable'; readonly status: number; readonly code: string; readonly message: string };

/**
 * Reads one result file of a job that has ended, row by row, however large it is.
 *
 * `onStart` is called with the column names (none for an empty file) and gives the sink of the rows. When the file
 * breaks off it is read again from its start, and `onStart` is called again: what earlier sinks got is then void.
 * Throws a `RequestError`. The time-out is for silence, not for the whole file.
 */
export async function readResults(
  client: SalesforceClient,
  jobId: string,
  kind: ResultKind,
  onStart: (columns: readonly string[]) => RowSink,
  interruption: Interruption = {},
): Promise<ResultsReply> {
  const { value } = await client.request<ResultsReply>({
    ...interruption,
    method: 'GET',
    path: `${jobPath(jobId)}/${kind}`,
    accept: 'csv',
    repeatable: true,
    followsJob: true,
    timeoutKind: 'idle',
    read: async (reply) => ({ kind: 'rows', rows: await readRows(reply, onStart) }),
    readError: ({ status, errors }) => {
      if (status !== 404 && status !== 400) return undefined;
      const { code, message } = errors[0] ?? { code: `HTTP_${status}`, message: '' };
      return { value: { kind: 'unavailable', status, code, message } };
    },
  });
  return value;
}

async function readRows(reply: RawReply, onStart: (columns: readonly string[]) => RowSink): Promise<number> {
  if (isHtml(reply)) throw htmlReply(reply.status, await reply.text());
  if (/\bjson\b/i.test(reply.headers['content-type'] ?? '')) {
    throw unusable('JSON in place of a result file');
  }
  // Loaded only where something has failed.
  const { CsvError, parse } = await import('csv-parse');
  // Rows of another width than the header's are an error: that is how a file that broke off in a row shows itself.
  const parser = parse({ bom: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n'] });
  pipeline(reply.stream(), parser, () => undefined);
  let sink: RowSink | undefined;
  let rows = 0;
  try {
    for await (const row of parser as AsyncIterable<string[]>) {
      if (sink === undefined) {
        sink = onStart(row);
        continue;
      }
      sink(row);
      rows += 1;
    }
  } catch (error) {
    if (error instanceof CsvError) throw unusable(`a result file that is not CSV (${error.code})`);
    throw asReplyError(error);
  }
  if (sink === undefined) onStart([]);
  return rows;
}
