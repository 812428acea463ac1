import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { fromLines } from '../../src/input/from-lines.js';
import type { Input, Line } from '../../src/input/input.js';

async function collect(input: Input, stopping = new AbortController().signal): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const piece of input.pieces(stopping)) for (const line of piece) lines.push(line);
  return lines;
}

function shown(lines: readonly Line[]): string[] {
  return lines.map((line) => `${line.position.line} ${line.kind === 'text' ? line.text : line.code}`);
}

const items = [
  'a',
  'b\n',
  'c\r\n',
  '',
  '\n',
  Buffer.from('d ä'),
  new Uint8Array([0x65, 0x0a]),
  Buffer.from([0xff]),
  '{\n"a":\n1}',
  Buffer.from('x\ny\n'),
];
const expected = ['1 a', '2 b', '3 c', '6 d ä', '7 e', '8 INVALID_UTF8', '9 {', '10 "a":', '11 1}', '12 x', '13 y'];

async function* slowly<Item>(values: Iterable<Item>): AsyncGenerator<Item> {
  for (const value of values) {
    await Promise.resolve();
    yield value;
  }
}

describe('each item is one line, or the lines that it holds', () => {
  test.each([
    ['an array', () => items],
    ['a generator', () => items.values()],
    ['an asynchronous source', () => slowly(items)],
  ])('of %s', async (_, source) => {
    const input = fromLines(source());
    expect(shown(await collect(input))).toEqual(expected);
    expect(input.files).toEqual([{ path: '-', lines: expected.length }]);
    expect(input).toMatchObject({ isOnce: true, size: undefined });
    expect(input.bytes).toBeGreaterThan(20);
    expect(input.position).toBe(input.bytes);
  });

  test('the name stands for the file', async () => {
    const input = fromLines(['a'], 'my source');
    expect(await collect(input)).toEqual([{ kind: 'text', text: 'a', position: { file: 'my source', line: 1 } }]);
    expect(input.files).toEqual([{ path: 'my source', lines: 1 }]);
  });

  test('the items of a caller are left as they are', async () => {
    const bytes = Buffer.from('x\ny');
    await collect(fromLines([bytes]));
    expect(bytes.toString()).toBe('x\ny');
  });

  test('many items', async () => {
    const lines = await collect(fromLines(Array.from({ length: 5000 }, (_, index) => `l${index + 1}`)));
    expect(lines.length).toBe(5000);
    expect(shown(lines).every((text, index) => text === `${index + 1} l${index + 1}`)).toBe(true);
  });
});

describe('a stream of bytes is read as its lines', () => {
  const text = 'a ä\r\n\nb \u2028 c\n\ud83c\udf33 last';
  const bytes = Buffer.from(text);
  const inPieces = Array.from(bytes, (byte) => Buffer.from([byte]));
  const lines = ['1 a ä', '3 b \u2028 c', '4 \ud83c\udf33 last'];

  test.each<[string, () => AsyncIterable<string | Uint8Array>]>([
    ['of Node', () => Readable.from(inPieces, { objectMode: false })],
    ['of Node that decodes', () => Readable.from(inPieces, { objectMode: false }).setEncoding('utf8')],
    ['of one chunk', () => Readable.from(bytes)],
    ['of the web', () => webStream(inPieces)],
  ])('%s', async (_, source) => {
    const input = fromLines(source());
    expect(shown(await collect(input))).toEqual(lines);
    expect(input.bytes).toBeGreaterThanOrEqual(bytes.length);
  });

  test.each<[string, () => AsyncIterable<string>]>([
    ['of Node', () => Readable.from(['a', 'b'])],
    ['of the web', () => webStream(['a', 'b'])],
  ])('but one of text %s hands over lines', async (_, source) => {
    expect(shown(await collect(fromLines(source())))).toEqual(['1 a', '2 b']);
  });

  test('an item may hold very many lines', async () => {
    const lines = await collect(fromLines(['x\n'.repeat(300_000)]));
    expect(lines.length).toBe(300_000);
  });
});

function webStream<Item>(values: readonly Item[]): AsyncIterable<Item> {
  return new ReadableStream<Item>({
    start(controller) {
      for (const value of values) controller.enqueue(value);
      controller.close();
    },
  });
}

describe('the source', () => {
  test('is read on only when the next piece is asked for', async () => {
    let taken = 0;
    async function* counting() {
      for (;;) {
        await Promise.resolve();
        yield `line ${++taken}`;
      }
    }
    const pieces = fromLines(counting()).pieces(new AbortController().signal)[Symbol.asyncIterator]();
    await pieces.next();
    await pieces.next();
    await new Promise(setImmediate);
    expect(taken).toBe(2);
    await pieces.return?.();
  });

  test('that is silent is given up at once when the run is stopped, and told so', async () => {
    const controller = new AbortController();
    let isClosed = false;
    const silent: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: () => {
          isClosed = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const reading = collect(fromLines(silent), controller.signal);
    await new Promise(setImmediate);
    controller.abort();
    expect(await reading).toEqual([]);
    expect(isClosed).toBe(true);
  });

  test.each([
    ['an array', () => ['a', 'b']],
    ['an asynchronous source', () => slowly(['a', 'b'])],
  ])('is not read when the run was stopped before: %s', async (_, source) => {
    expect(await collect(fromLines(source()), AbortSignal.abort())).toEqual([]);
  });

  test('that breaks off stops the run after its lines', async () => {
    async function* broken() {
      yield 'a';
      await Promise.resolve();
      throw new Error('the query was cancelled');
    }
    const lines: Line[] = [];
    const reading = (async () => {
      for await (const piece of fromLines(broken()).pieces(new AbortController().signal)) lines.push(...piece);
    })();
    await expect(reading).rejects.toMatchObject({
      name: 'ReplayStopped',
      code: 'INPUT_UNREADABLE',
      message: 'The lines broke off after line 1: the query was cancelled',
    });
    expect(shown(lines)).toEqual(['1 a']);
  });

  test('may hold only text and bytes; what comes before is counted', async () => {
    const input = fromLines(['a', { topic: 't' } as unknown as string]);
    await expect(collect(input)).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: 'The lines broke off after line 1: a line must be a string or bytes, not object.',
    });
    expect(input.files).toEqual([{ path: '-', lines: 1 }]);
  });

  test.each(['a\nb', Buffer.from('a\nb\n')])('may be one text: %j', async (text) => {
    expect(shown(await collect(fromLines(text as Iterable<string>)))).toEqual(['1 a', '2 b']);
  });
});
