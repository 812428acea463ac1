import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/input/input.js';
import { LineSplitter, MAX_LINE_BYTES } from '../../src/input/lines.js';

function split(chunks: readonly Buffer[], maxLineBytes?: number): Line[] {
  const splitter = new LineSplitter('f', { maxLineBytes });
  const lines = chunks.flatMap((chunk) => {
    const copy = Buffer.from(chunk);
    const found = splitter.push(copy);
    // The reader uses its buffer again.
    copy.fill(0x2a);
    return found;
  });
  return [...lines, ...splitter.end()];
}

/** `number text`, or `number CODE raw`. */
function shown(lines: readonly Line[]): string[] {
  return lines.map((line) =>
    line.kind === 'text' ? `${line.position.line} ${line.text}` : `${line.position.line} ${line.code} ${line.raw}`,
  );
}

const BOM = '\uFEFF';

describe('cutting into lines', () => {
  test.each<[string, string, string[]]>([
    ['nothing', '', []],
    ['one line', 'a\n', ['1 a']],
    ['the last line without a newline', 'a\nb', ['1 a', '2 b']],
    ['CRLF', 'a\r\nb\r\n', ['1 a', '2 b']],
    ['a carriage return inside a line', 'a\rb\n', ['1 a\rb']],
    ['blank lines are counted, not given', '\n \t\n\r\na\n\n\nb', ['4 a', '7 b']],
    ['blanks around a text stay', '  a \n', ['1   a ']],
    ['a byte-order mark', `${BOM}a\nb`, ['1 a', '2 b']],
    ['a byte-order mark alone', BOM, []],
    ['a byte-order mark and a blank line', `${BOM}\r\na`, ['2 a']],
    ['a byte-order mark further down', `a\n${BOM}b\r\n${BOM}\n${BOM} \nc${BOM}`, ['1 a', '2 b', `5 c${BOM}`]],
    ['two byte-order marks: the second is text', `${BOM}${BOM}a\n`, [`1 ${BOM}a`]],
    ['many bytes a character', 'ä€😀\n日本', ['1 ä€😀', '2 日本']],
    ['a NUL', 'a\0b\n', ['1 a\0b']],
  ])('%s', (_, text, expected) => {
    expect(shown(split([Buffer.from(text)]))).toEqual(expected);
  });

  test('bytes that are no UTF-8 spoil their own line only, and are kept', () => {
    const bad = Buffer.from([0x61, 0xff, 0xc3]);
    const lines = split([Buffer.concat([Buffer.from('ä\n'), bad, Buffer.from('\r\nö\n')])]);
    expect(shown(lines)).toEqual(['1 ä', '2 INVALID_UTF8 a\uFFFD\uFFFD', '3 ö']);
    expect(lines[1]).toMatchObject({ kind: 'malformed', rawBase64: bad.toString('base64') });
  });
});

describe('lines that are too long', () => {
  test.each<[string, string, string[]]>([
    ['exactly the limit', `${'x'.repeat(10)}\nb`, ['1 xxxxxxxxxx', '2 b']],
    ['exactly the limit, with CRLF', `${'x'.repeat(10)}\r\nb`, ['1 xxxxxxxxxx', '2 b']],
    ['exactly the limit after a byte-order mark', `${BOM}${'x'.repeat(10)}\nb`, ['1 xxxxxxxxxx', '2 b']],
    ['exactly the limit, unfinished', 'x'.repeat(10), ['1 xxxxxxxxxx']],
    ['one more', `${'x'.repeat(11)}\r\nb\n`, ['1 LINE_TOO_LONG xxxxxxxxxxx', '2 b']],
    ['one more, unfinished', `a\n${'x'.repeat(11)}`, ['1 a', '2 LINE_TOO_LONG xxxxxxxxxxx']],
    ['far more', `a\n${'é'.repeat(9000)}\nb\n`, ['1 a', `2 LINE_TOO_LONG ${'é'.repeat(1000)}`, '3 b']],
    ['with a byte-order mark', `${BOM}${'😀'.repeat(2000)}\nb`, [`1 LINE_TOO_LONG ${'😀'.repeat(1000)}`, '2 b']],
  ])('%s', (_, text, expected) => {
    const bytes = Buffer.from(text);
    for (const size of [1, 3, 7, 100, bytes.length]) {
      expect(
        shown(
          split(
            cut(bytes, () => size),
            10,
          ),
        ),
      ).toEqual(expected);
    }
  });

  test('are never held whole', () => {
    const splitter = new LineSplitter('f');
    const chunk = Buffer.alloc(256 * 1024, 'x');
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let bytes = 0; bytes < 8 * MAX_LINE_BYTES; bytes += chunk.length) {
      expect(splitter.push(chunk)).toEqual([]);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    // One buffer of the limit, and its smaller predecessors that are not yet collected.
    expect(most).toBeLessThan(4 * MAX_LINE_BYTES);
    expect(shown(splitter.push(Buffer.from('\nnext\n')))).toEqual([`1 LINE_TOO_LONG ${'x'.repeat(1000)}`, '2 next']);
  });

  test('the limit is 16 MiB', () => {
    const most = Buffer.alloc(MAX_LINE_BYTES, 'x');
    const [line] = split([most]);
    expect(line).toMatchObject({ kind: 'text' });
    expect(split([most, Buffer.from('x')])).toMatchObject([{ kind: 'malformed', code: 'LINE_TOO_LONG' }]);
    expect(MAX_LINE_BYTES).toBe(16_777_216);
  });
});

describe('wherever chunks end, the lines are the same', () => {
  const bytes = Buffer.concat([
    Buffer.from(`${BOM}{"a":"ä€😀"}\r\n\n  \r\nplain\n`),
    Buffer.from([0x61, 0xe4, 0x62, 0x0a, 0xf0, 0x9f, 0x0a]),
    Buffer.from(`${'€'.repeat(40)}\n${'y'.repeat(60)}\r\n\r\n${BOM}x\nlast 😀`),
  ]);
  const whole = split([bytes], 60);

  test('the sample holds every trap', () => {
    expect(whole.map((line) => (line.kind === 'text' ? line.kind : line.code))).toEqual([
      'text', 'text', 'INVALID_UTF8', 'INVALID_UTF8', 'LINE_TOO_LONG', 'text', 'text', 'text',
    ]); // prettier-ignore
  });

  test('chunks of every size', () => {
    for (let size = 1; size <= bytes.length; size++) {
      expect(
        split(
          cut(bytes, () => size),
          60,
        ),
      ).toEqual(whole);
    }
  });

  test('two chunks, cut at every place', () => {
    for (let at = 0; at <= bytes.length; at++) {
      expect(split([bytes.subarray(0, at), bytes.subarray(at)], 60)).toEqual(whole);
    }
  });

  test('chunks of random sizes', () => {
    let state = 11;
    const random = () => (state = (state * 48_271) % 2_147_483_647);
    for (let round = 0; round < 500; round++) {
      expect(
        split(
          cut(bytes, () => random() % 20),
          60,
        ),
      ).toEqual(whole);
    }
  });
});

function cut(bytes: Buffer, size: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + size();
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}
