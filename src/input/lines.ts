import { isAscii, isUtf8 } from 'node:buffer';
import type { MalformedLine } from '../core/record.js';
import type { Line } from './input.js';

/** The longest line that is read, in bytes without its line end. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
/** How much of a line that is too long is kept, and the most bytes that so many characters can take. */
const KEPT_CHARACTERS = 1000;
const KEPT_BYTES = KEPT_CHARACTERS * 4 + BYTE_ORDER_MARK.length;
/** A buffer for unfinished lines that has grown beyond this is given back. */
const MAX_IDLE_BYTES = 1024 * 1024;

type Encoding = 'ascii' | 'utf8' | 'unknown';

/**
 * Cuts the bytes of one file into lines. Chunks may end anywhere, inside a character too, and may be overwritten after
 * the call. At most one unfinished line is held, and never more than `maxLineBytes` of it.
 */
export class LineSplitter {
  readonly #file: string;
  readonly #maxLineBytes: number;
  /** Lines ended so far, blank ones counted. */
  #lineNumber = 0;
  /** The unfinished line: the first `#tailLength` bytes of `#tail`. */
  #tail: Buffer = Buffer.alloc(0);
  #tailLength = 0;
  /** True while the rest of a line that is too long is passed over; its beginning is in `#tail`. */
  #isSkipping = false;

  constructor(file: string, options: { readonly maxLineBytes?: number | undefined } = {}) {
    this.#file = file;
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
  }

  /** The number of the last line that has ended; blank lines are counted. */
  get lineNumber(): number {
    return this.#lineNumber;
  }

  /** The lines, blank ones aside, that end in `chunk`. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    const last = chunk.lastIndexOf(NEWLINE);
    if (last === -1) {
      this.#keep(chunk);
      return lines;
    }
    let start = 0;
    if (this.#tailLength > 0) {
      start = chunk.indexOf(NEWLINE) + 1;
      this.#keep(chunk.subarray(0, start - 1));
      this.#endTail(lines);
    }
    const encoding = encodingOf(start === 0 && last === chunk.length - 1 ? chunk : chunk.subarray(start, last + 1));
    while (start <= last) {
      const end = chunk.indexOf(NEWLINE, start);
      this.#endLine(lines, chunk, start, end, encoding);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  /** The last line, when it has no line end. */
  end(): Line[] {
    const lines: Line[] = [];
    if (this.#tailLength > 0) this.#endTail(lines);
    return lines;
  }

  #keep(bytes: Buffer): void {
    const length = this.#tailLength + bytes.length;
    // A byte-order mark and a carriage return are not part of the line, and cannot yet be told.
    this.#isSkipping ||= length > this.#maxLineBytes + BYTE_ORDER_MARK.length + 1;
    const kept = this.#isSkipping ? Math.min(bytes.length, Math.max(0, KEPT_BYTES - this.#tailLength)) : bytes.length;
    if (kept === 0) return;
    this.#reserve(this.#tailLength + kept);
    bytes.copy(this.#tail, this.#tailLength, 0, kept);
    this.#tailLength += kept;
  }

  #reserve(length: number): void {
    if (length <= this.#tail.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(length, Math.min(this.#tail.length * 2, this.#maxLineBytes), 4096));
    this.#tail.copy(larger, 0, 0, this.#tailLength);
    this.#tail = larger;
  }

  #endTail(lines: Line[]): void {
    const tail = this.#tail.subarray(0, this.#tailLength);
    if (this.#isSkipping) {
      this.#lineNumber++;
      lines.push(this.#tooLong(tail.subarray(byteOrderMarkLength(tail, 0, tail.length))));
    } else {
      this.#endLine(lines, tail, 0, tail.length, encodingOf(tail));
    }
    this.#tailLength = 0;
    this.#isSkipping = false;
    if (this.#tail.length > MAX_IDLE_BYTES) this.#tail = Buffer.alloc(0);
  }

  /**
   * Each text is decoded on its own, not cut out of a decoded chunk: a string that is cut out keeps the whole chunk in
   * memory, and a record of a rare topic may wait long among its like.
   */
  #endLine(lines: Line[], bytes: Buffer, from: number, to: number, encoding: Encoding): void {
    this.#lineNumber++;
    // At the beginning of any line: files that were joined have one in the middle.
    const start = encoding === 'ascii' ? from : from + byteOrderMarkLength(bytes, from, to);
    const end = to > start && bytes[to - 1] === CARRIAGE_RETURN ? to - 1 : to;
    if (end === start) return;
    if (end - start > this.#maxLineBytes) {
      lines.push(this.#tooLong(bytes.subarray(start, end)));
      return;
    }
    if (encoding === 'unknown' && !isUtf8(bytes.subarray(start, end))) {
      lines.push(malformedBytes(this.#position, bytes.subarray(start, end)));
      return;
    }
    const text = bytes.toString(encoding === 'ascii' ? 'latin1' : 'utf8', start, end);
    if (text.charCodeAt(0) <= SPACE && text.trim() === '') return;
    lines.push({ kind: 'text', position: { file: this.#file, line: this.#lineNumber }, text });
  }

  #tooLong(bytes: Buffer): MalformedLine {
    const beginning = bytes.toString('utf8', 0, KEPT_BYTES);
    return {
      kind: 'malformed',
      position: this.#position,
      code: 'LINE_TOO_LONG',
      message: `longer than ${this.#maxLineBytes} bytes; only its beginning is kept`,
      raw: Array.from(beginning).slice(0, KEPT_CHARACTERS).join(''),
    };
  }

  get #position(): MalformedLine['position'] {
    return { file: this.#file, line: this.#lineNumber };
  }
}

/** A line whose bytes are no valid UTF-8. */
export function malformedBytes(position: MalformedLine['position'], bytes: Buffer): MalformedLine {
  return {
    kind: 'malformed',
    position,
    code: 'INVALID_UTF8',
    message: 'not valid UTF-8: binary data, or text in another encoding',
    raw: bytes.toString('utf8'),
    rawBase64: bytes.toString('base64'),
  };
}

function encodingOf(bytes: Buffer): Encoding {
  if (isAscii(bytes)) return 'ascii';
  return isUtf8(bytes) ? 'utf8' : 'unknown';
}

function byteOrderMarkLength(bytes: Buffer, start: number, end: number): number {
  const { length } = BYTE_ORDER_MARK;
  return end - start >= length && BYTE_ORDER_MARK.every((byte, index) => bytes[start + index] === byte) ? length : 0;
}
