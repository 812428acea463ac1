export type LineEnding = 'LF' | 'CRLF';

/** Where the rows of an upload are, or why it is no CSV file. */
export type CsvLayout =
  | { readonly isValid: true; readonly headerEnd: number; readonly rowStarts: readonly number[]; readonly end: number }
  | { readonly isValid: false; readonly error: string };

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const UNESCAPED_QUOTE =
  'InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote';

/** Checks the form of a whole upload without making a string of it. */
export function scanCsv(bytes: Buffer, delimiter: string, lineEnding: LineEnding): CsvLayout {
  const wrongEnding = invalid(
    `ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is ${lineEnding}`,
  );
  const separator = delimiter.charCodeAt(0);
  const rowStarts: number[] = [];
  let headerEnd = -1;
  let isFieldStart = true;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      if (!isFieldStart) return invalid(UNESCAPED_QUOTE);
      const close = closingQuote(bytes, at, lineEnding);
      if (close === 'line ending') return wrongEnding;
      if (close === 'unclosed') return invalid(UNESCAPED_QUOTE);
      at = close + 1;
      const next = bytes[at];
      if (next !== undefined && next !== separator && next !== LF && next !== CR) return invalid(UNESCAPED_QUOTE);
      isFieldStart = false;
    } else if (byte === separator) {
      at++;
      isFieldStart = true;
    } else if (byte === LF || byte === CR) {
      if (lineEnding === 'LF' ? byte === CR : byte === LF || bytes[at + 1] !== LF) return wrongEnding;
      at += lineEnding === 'LF' ? 1 : 2;
      if (headerEnd < 0) headerEnd = at;
      if (at < bytes.length) rowStarts.push(at);
      isFieldStart = true;
    } else {
      at++;
      isFieldStart = false;
    }
  }
  if (headerEnd < 0) headerEnd = bytes.length;
  return { isValid: true, headerEnd, rowStarts, end: bytes.length };
}

/** Reads rows of a text that `scanCsv` found to be in order. */
export function parseCsvRows(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text.charCodeAt(at) === QUOTE) {
      let close = text.indexOf('"', at + 1);
      let isEscaped = false;
      while (text.charCodeAt(close + 1) === QUOTE) {
        isEscaped = true;
        close = text.indexOf('"', close + 2);
      }
      const value = text.slice(at + 1, close);
      row.push(isEscaped ? value.replaceAll('""', '"') : value);
      at = close + 1;
    } else {
      const start = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++;
      row.push(text.slice(start, at));
    }
    if (text[at] === delimiter) {
      at++;
      if (at === text.length) row.push('');
      else continue;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** A value between quotes, as result files have it. */
export function quoted(value: string): string {
  return `"${value.includes('"') ? value.replaceAll('"', '""') : value}"`;
}

function closingQuote(bytes: Buffer, open: number, lineEnding: LineEnding): number | 'line ending' | 'unclosed' {
  for (let at = open + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      if (bytes[at + 1] !== QUOTE) return at;
      at++;
    } else if (byte === CR) {
      if (lineEnding === 'LF' || bytes[at + 1] !== LF) return 'line ending';
    } else if (byte === LF && lineEnding === 'CRLF' && bytes[at - 1] !== CR) {
      return 'line ending';
    }
  }
  return 'unclosed';
}

function invalid(error: string): CsvLayout {
  return { isValid: false, error };
}
