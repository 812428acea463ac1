import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';

/** How the CSV of a job is written. */
export interface CsvFormat {
  readonly lineEnding: 'LF' | 'CRLF';
  readonly delimiterName: string;
  readonly delimiter: string;
}

const LF = 0x0a;
const CR = 0x0d;
/** What is read at once, so that an upload of 100 MB does not hold up other requests. */
const SLICE_BYTES = 64 * 1024;

/** The rows of an upload, the header first, or the error message that fails the whole job. */
export async function readCsv(upload: Buffer, { delimiter, lineEnding }: CsvFormat): Promise<string[][] | string> {
  if (!isUtf8(upload)) return 'ClientInputError : Data is not valid UTF-8';
  if (!isOnlyEndedBy(lineEnding, upload)) {
    return `ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is ${lineEnding}`;
  }
  const parser = parse({ delimiter, record_delimiter: lineEndOf(lineEnding), relax_column_count: true });
  const rows: string[][] = [];
  try {
    for await (const row of Readable.from(slices(upload)).pipe(parser)) rows.push(row as string[]);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return 'InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote';
  }
  return rows;
}

/** Rows as text. Result files have every value in quotes; unprocessed rows where they are needed. */
export function writeCsv(rows: readonly (readonly string[])[], format: CsvFormat, isQuoted = true): Buffer {
  const { delimiter, lineEnding } = format;
  const options = { delimiter, record_delimiter: lineEndOf(lineEnding), quoted: isQuoted, quoted_empty: isQuoted };
  return Buffer.from(stringify(rows as string[][], options));
}

/** Orgs look at line breaks within quotes, too. */
function isOnlyEndedBy(lineEnding: CsvFormat['lineEnding'], bytes: Buffer): boolean {
  if (lineEnding === 'LF') return !bytes.includes(CR);
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === LF || (bytes[at] === CR && bytes[++at] !== LF)) return false;
  }
  return true;
}

async function* slices(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    yield bytes.subarray(at, at + SLICE_BYTES);
    await nextTurn();
  }
}

export function lineEndOf(lineEnding: CsvFormat['lineEnding']): string {
  return lineEnding === 'LF' ? '\n' : '\r\n';
}
