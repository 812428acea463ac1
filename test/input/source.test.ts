import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Line } from '../../src/input/input.js';
import { openFiles } from '../../src/input/source.js';
import { collect, fixtures, never, noStdin, shown, textsOf } from './reading.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sfreplay-input-'));
});
afterAll(() => rm(folder, { recursive: true }));

const openFixture = (...names: string[]) =>
  openFiles(
    names.map((name) => fixtures + name),
    noStdin(),
  );

describe('files', () => {
  test.each<[string, string[]]>([
    ['empty.ndjson', []],
    ['bom-and-crlf.ndjson', ['1 {"topic":"t","data":{"n":1}}', '3 {"topic":"t","data":{"n":2}}']],
    ['blank-lines.ndjson', ['2 {"topic":"t","data":{"n":1}}', '5 {"topic":"t","data":{"n":2}}']],
    ['no-final-newline.ndjson', ['1 {"topic":"t","data":{"n":1}}', '2 {"topic":"t","data":{"n":2}}']],
    [
      'invalid-utf8.ndjson',
      ['1 {"topic":"t","data":{"Name":"before"}}', '2 INVALID_UTF8', '3 {"topic":"t","data":{"Name":"after ü"}}'],
    ],
  ])('%s', async (name, expected) => {
    const input = await openFixture(name);
    expect(shown(await collect(input))).toEqual(expected);
    expect(input.files).toEqual([{ path: fixtures + name, lines: expected.length }]);
    expect(input.position).toBe(input.size);
    expect(input.bytes).toBe(input.size);
    expect(input.isOnce).toBe(false);
  });

  test('several are read in order, each with its own numbers and its own byte-order mark', async () => {
    const input = await openFixture('bom-and-crlf.ndjson', 'native.ndjson', 'bom-and-crlf.ndjson', 'padded.ndjson.gz');
    const lines = await collect(input);
    expect(lines.map(({ position: { file, line } }) => `${file.slice(fixtures.length)}:${line}`)).toEqual([
      'bom-and-crlf.ndjson:1',
      'bom-and-crlf.ndjson:3',
      'native.ndjson:1',
      'native.ndjson:2',
      'native.ndjson:3',
      'bom-and-crlf.ndjson:1',
      'bom-and-crlf.ndjson:3',
      'padded.ndjson.gz:1',
      'padded.ndjson.gz:2',
      'padded.ndjson.gz:3',
    ]);
    expect(lines.every((line) => line.kind === 'text' && line.text.startsWith('{'))).toBe(true);
    expect(input.files.map((file) => file.lines)).toEqual([2, 3, 2, 3]);
    expect(input.position).toBe(input.size);
    expect(input.bytes).toBeGreaterThan(0);
  });

  test('a file of many chunks, with lines across their edges', async () => {
    const path = join(folder, 'large.ndjson');
    const texts = Array.from({ length: 3000 }, (_, index) => `{"n":${index},"t":"${'ü'.repeat(index % 500)}"}`);
    await writeFile(path, texts.join('\n'));
    const lines = await collect(await openFiles([path], noStdin()));
    expect(textsOf(lines)).toEqual(texts);
  });

  test('a binary file gives malformed lines and ends', async () => {
    const path = join(folder, 'binary');
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 251));
    await writeFile(path, bytes);
    const lines = await collect(await openFiles([path], noStdin(), { maxLineBytes: 200 }));
    expect(lines.length).toBeGreaterThan(100);
    expect(new Set(lines.map((line) => (line.kind === 'text' ? 'text' : line.code)))).toEqual(
      new Set(['INVALID_UTF8', 'LINE_TOO_LONG']),
    );
    expect(Math.max(...lines.map((line) => (line.kind === 'malformed' ? line.raw.length : 0)))).toBeLessThanOrEqual(
      1000,
    );
  });

  test('reads on only when the next piece is asked for', async () => {
    const path = join(folder, 'eager.ndjson');
    await writeFile(path, '{"a":1}\n'.repeat(500_000));
    const input = await openFiles([path], noStdin());
    const pieces = input.pieces(never)[Symbol.asyncIterator]();
    await pieces.next();
    const { position } = input;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(input.position).toBe(position);
    expect(position).toBeLessThanOrEqual(256 * 1024);
    await pieces.return?.();
  });

  test('a stopped run reads no further, and takes a cut line for no line', async () => {
    const path = join(folder, 'stopped.ndjson');
    await writeFile(path, '{"a":1}\n'.repeat(500_000));
    const controller = new AbortController();
    const input = await openFiles([path, path], noStdin());
    const lines: Line[] = [];
    for await (const piece of input.pieces(controller.signal)) {
      lines.push(...piece);
      controller.abort();
    }
    expect(input.position).toBe(256 * 1024);
    expect(lines.length).toBe(32 * 1024);
  });
});

describe('what cannot be read is found before reading', () => {
  test.each([
    ['a missing file', 'nowhere.ndjson', /nowhere\.ndjson: no such file\.$/, undefined],
    [
      'a path through a file',
      'native.ndjson/below',
      /below: no such file: a part of the path is not a folder\.$/,
      undefined,
    ],
    ['a folder', '', /fixtures\/input\/: is a folder, not a file\.$/, undefined],
    [
      'xz',
      'dump.xz',
      /dump\.xz: is compressed with xz\.$/,
      /^Decompress it first, as in: xz -dc .*dump\.xz \| sfreplay$/,
    ],
    ['UTF-16', 'utf-16.ndjson', /utf-16\.ndjson: is UTF-16 text\.$/, /iconv -f UTF-16 -t UTF-8 .*utf-16\.ndjson/],
  ])('%s', async (_, name, message, hint) => {
    const opening = openFixture(name);
    await expect(opening).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(message) as string,
    });
    const error = (await opening.catch((reason: unknown) => reason)) as { hint?: string };
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toMatch(hint);
  });

  test('all at once', async () => {
    const paths = [join(folder, 'a'), fixtures + 'native.ndjson', folder, fixtures + 'dump.xz'];
    const message = [
      'Cannot read 3 of 4 files:',
      `  ${join(folder, 'a')}: no such file`,
      `  ${folder}: is a folder, not a file`,
      `  ${fixtures}dump.xz: is compressed with xz (Decompress it first, as in: xz -dc ${fixtures}dump.xz | sfreplay)`,
    ].join('\n');
    await expect(openFiles(paths, noStdin())).rejects.toMatchObject({ name: 'UsageError', message });
  });

  test('refuses a socket with a usage error', async () => {
    const path = join(folder, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await expect(openFiles([path], noStdin())).rejects.toMatchObject({
      message: `Cannot read ${path}: is a socket, not a file.`,
    });
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ['a zip archive', [0x50, 0x4b, 3, 4, 0, 0]],
    ['compressed with bzip2', [0x42, 0x5a, 0x68, 0x39]],
    ['compressed with lz4', [4, 0x22, 0x4d, 0x18, 0]],
    ['a Parquet file', [0x50, 0x41, 0x52, 0x31, 0]],
    ['an Avro file', [0x4f, 0x62, 0x6a, 1, 0]],
    ['a 7z archive', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ])('%s', async (what, bytes) => {
    const path = join(folder, 'foreign');
    await writeFile(path, Buffer.from(bytes));
    await expect(openFiles([path], noStdin())).rejects.toMatchObject({ message: `Cannot read ${path}: is ${what}.` });
    const piped = collect(await openFiles([], Readable.from([Buffer.from(bytes)])));
    await expect(piped).rejects.toMatchObject({
      name: 'ReplayStopped',
      code: 'INPUT_UNREADABLE',
      message: `Standard input is ${what}.`,
    });
  });

  test('standard input twice', async () => {
    await expect(openFiles(['-', '/dev/stdin'], noStdin())).rejects.toMatchObject({ name: 'UsageError' });
  });

  test('a folder as standard input', async () => {
    const handle = await open(fixtures, 'r');
    const stdin = Object.assign(Readable.from([]), { fd: handle.fd });
    const message = 'Cannot read standard input: is a folder, not a file.';
    await expect(openFiles([], stdin)).rejects.toMatchObject({ name: 'UsageError', message });
    await handle.close();
  });

  test('a terminal, unless it is asked for', async () => {
    const terminal = Object.assign(Readable.from([Buffer.from('{"a":1}\n')]), { isTTY: true });
    await expect(openFiles([], terminal)).rejects.toMatchObject({ name: 'UsageError' });
    expect(shown(await collect(await openFiles(['-'], terminal)))).toEqual(['1 {"a":1}']);
  });
});
