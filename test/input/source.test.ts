import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import zlib, { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Input, Line } from '../../src/input/input.js';
import { openFiles } from '../../src/input/source.js';

const fixtures = new URL('../../fixtures/input/', import.meta.url).pathname;
const hasZstd = 'createZstdDecompress' in zlib;
const run = promisify(execFile);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sfreplay-input-'));
});
afterAll(() => rm(folder, { recursive: true }));

const never = new AbortController().signal;

async function collect(input: Input, stopping = never): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const piece of input.pieces(stopping)) lines.push(...piece);
  return lines;
}

/** The lines that came before an error, and the error. */
async function collectUntilError(input: Input): Promise<{ lines: Line[]; error: unknown }> {
  const lines: Line[] = [];
  try {
    for await (const piece of input.pieces(never)) lines.push(...piece);
  } catch (error) {
    return { lines, error };
  }
  throw new Error('expected the input to break off');
}

function shown(lines: readonly Line[]): string[] {
  return lines.map((line) => `${line.position.line} ${line.kind === 'text' ? line.text : line.code}`);
}

function noStdin(): Readable {
  return new Readable({
    read() {
      throw new Error('standard input must not be read');
    },
  });
}

const openFixture = (...names: string[]) =>
  openFiles(
    names.map((name) => fixtures + name),
    noStdin(),
  );
const nativeLines = 3;

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
    expect(lines.map((line) => (line.kind === 'text' ? line.text : line.code))).toEqual(texts);
  });

  test('a binary file gives malformed lines and ends', async () => {
    const path = join(folder, 'binary');
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 251));
    await writeFile(path, bytes);
    const lines = await collect(await openFiles([path], noStdin(), { maxLineBytes: 200 }));
    expect(lines.length).toBeGreaterThan(100);
    expect(new Set(lines.map((line) => (line.kind === 'text' ? 'text' : line.code)))).toEqual(
      new Set(['LINE_TOO_LONG']),
    );
    expect(Math.max(...lines.map((line) => (line.kind === 'malformed' ? line.raw.length : 0)))).toBeLessThanOrEqual(
      1000,
    );
  });

  test('reads on only when the next piece is asked for', async () => {
    const path = join(folder, 'eager.ndjson');
    await writeFile(path, `${'{"a":1}\n'.repeat(500_000)}`);
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
    await writeFile(path, `${'{"a":1}\n'.repeat(500_000)}`);
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

  test('a socket', async () => {
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

  test('a terminal, unless it is asked for', async () => {
    const terminal = Object.assign(Readable.from([Buffer.from('{"a":1}\n')]), { isTTY: true });
    await expect(openFiles([], terminal)).rejects.toMatchObject({ name: 'UsageError' });
    expect(shown(await collect(await openFiles(['-'], terminal)))).toEqual(['1 {"a":1}']);
  });
});

describe('compressed input', () => {
  test.each([
    ['two members', 'two-members.ndjson.gz', nativeLines + 2],
    ['filled up with zeros', 'padded.ndjson.gz', nativeLines],
  ])('gzip: %s', async (_, name, count) => {
    const input = await openFixture(name);
    const lines = await collect(input);
    expect(lines.map((line) => line.kind)).toEqual(Array.from({ length: count }, () => 'text'));
    expect(input.position).toBe(input.size);
    expect(input.bytes).toBeGreaterThan(200);
  });

  const texts = Array.from(
    { length: 20_000 },
    (_, index) => `{"n":${index},"t":"${(index * 2_654_435_761) % 4_294_967_296}"}`,
  );
  const large = gzipSync(texts.join('\n'));

  test('gzip of many blocks, from standard input, in pieces of any size', async () => {
    for (const size of [1000, 32 * 1024, 65_537, large.length]) {
      const chunks = Array.from({ length: Math.ceil(large.length / size) }, (_, index) =>
        large.subarray(index * size, (index + 1) * size),
      );
      const input = await openFiles([], Readable.from(chunks));
      const lines = await collect(input);
      expect(lines.map((line) => (line.kind === 'text' ? line.text : line.code))).toEqual(texts);
      expect(input.position).toBe(large.length);
    }
  });

  test('gzip members and padding, cut at every byte', async () => {
    const bytes = Buffer.concat([
      gzipSync('a\nb'),
      Buffer.alloc(3),
      gzipSync('c\n'),
      gzipSync(''),
      gzipSync('d'),
      Buffer.alloc(2),
    ]);
    for (let at = 1; at < bytes.length; at++) {
      const input = await openFiles(['-'], Readable.from([bytes.subarray(0, at), bytes.subarray(at)]));
      expect(shown(await collect(input))).toEqual(['1 a', '2 bc', '3 d']);
    }
  });

  test('a file that is cut off gives its whole lines and stops the run', async () => {
    const input = await openFixture('cut-off.ndjson.gz');
    const { lines, error } = await collectUntilError(input);
    expect(lines.length).toBeGreaterThan(20);
    expect(shown(lines).every((text, index) => text === `${index + 1} {"topic":"t","data":{"n":${index}}}`)).toBe(true);
    expect(input.files[0]!.lines).toBe(lines.length);
    expect(error).toMatchObject({
      name: 'ReplayStopped',
      code: 'INPUT_DAMAGED',
      message: `${fixtures}cut-off.ndjson.gz is damaged or cut off after line ${lines.length}: unexpected end of file.`,
    });
  });

  test('cut off anywhere, every line that can be had is given, in order', async () => {
    for (const length of [3, 5000, 40_000, 80_000, large.length - 9, large.length - 1]) {
      const cutOff = large.subarray(0, length);
      const whole = zlib
        .gunzipSync(cutOff, { finishFlush: zlib.constants.Z_SYNC_FLUSH })
        .toString()
        .split('\n')
        .slice(0, -1);
      const { lines, error } = await collectUntilError(await openFiles([], Readable.from([cutOff])));
      expect(lines.map((line) => (line.kind === 'text' ? line.text : line.code))).toEqual(whole);
      expect(error).toMatchObject({ code: 'INPUT_DAMAGED' });
    }
  });

  test('damage in the middle costs at most the block it is in', async () => {
    const damaged = Buffer.from(large);
    damaged.fill(0xff, damaged.length / 2, damaged.length / 2 + 50);
    const { lines, error } = await collectUntilError(await openFiles(['-'], Readable.from([damaged])));
    expect(error).toMatchObject({ code: 'INPUT_DAMAGED' });
    expect(lines.length).toBeGreaterThan(5000);
    const given = lines.slice(0, 5000).map((line) => (line.kind === 'text' ? line.text : line.code));
    expect(given).toEqual(texts.slice(0, 5000));
  });

  test('text after a gzip member is damage, not silence', async () => {
    const { error } = await collectUntilError(await openFixture('gzip-then-text.ndjson'));
    expect(error).toMatchObject({ code: 'INPUT_DAMAGED' });
    const padded = Buffer.concat([gzipSync('a\n'), Buffer.alloc(5), Buffer.from('{"lost":true}\n')]);
    const piped = await collectUntilError(await openFiles([], Readable.from([padded])));
    expect(shown(piped.lines)).toEqual(['1 a']);
    expect(piped.error).toMatchObject({ code: 'INPUT_DAMAGED' });
  });

  test.runIf(hasZstd)('zstd: two frames', async () => {
    const lines = await collect(await openFixture('two-frames.ndjson.zst'));
    expect(lines.map((line) => line.kind)).toEqual(['text', 'text', 'text', 'text', 'text']);
  });

  test.runIf(hasZstd)('zstd: cut off', async () => {
    const { error } = await collectUntilError(await openFixture('cut-off.ndjson.zst'));
    expect(error).toMatchObject({ code: 'INPUT_DAMAGED' });
  });

  test.runIf(!hasZstd)('zstd where this Node has none', async () => {
    const path = `${fixtures}two-frames.ndjson.zst`;
    await expect(openFixture('two-frames.ndjson.zst')).rejects.toMatchObject({
      name: 'UsageError',
      message: `Cannot read ${path}: is compressed with zstd, which needs Node 22.15 or newer (this is ${process.version}).`,
      hint: `Decompress it first, as in: zstd -dc ${path} | sfreplay`,
    });
    const piped = await openFiles([], Readable.from([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0])]));
    await expect(collect(piped)).rejects.toMatchObject({ name: 'ReplayStopped', code: 'INPUT_UNREADABLE' });
  });
});

describe('standard input and pipes', () => {
  test.each([[[]], [['-']], [['/dev/stdin']]])('%j is standard input', async (paths) => {
    const input = await openFiles(paths, Readable.from([Buffer.from('{"a":'), Buffer.from('1}\n{"b":2}')]));
    expect(input).toMatchObject({ isOnce: true, size: undefined });
    const lines = await collect(input);
    expect(shown(lines)).toEqual(['1 {"a":1}', '2 {"b":2}']);
    expect(lines[0]!.position.file).toBe(paths[0] ?? '-');
    expect(input.position).toBe(17);
  });

  test('beside files the input comes once only', async () => {
    const input = await openFiles([`${fixtures}native.ndjson`, '-'], Readable.from([Buffer.from('{}\n')]));
    expect(input).toMatchObject({ isOnce: true, size: undefined });
    expect((await collect(input)).length).toBe(nativeLines + 1);
  });

  test('a line is given as soon as it is there', async () => {
    const pipe = new PassThrough();
    const pieces = (await openFiles([], pipe)).pieces(never)[Symbol.asyncIterator]();
    for (const text of ['{}', '{"a":1}', 'P']) {
      pipe.write(`${text}\n`);
      const piece = await pieces.next();
      expect(piece.value).toMatchObject([{ kind: 'text', text }]);
    }
    pipe.end();
    expect(await pieces.next()).toMatchObject({ done: true });
  });

  test.each([
    ['from the start', ''],
    ['in the middle of a line', '{"a":1}\n{"b"'],
    ['in the middle of a gzip member', gzipSync('{"a":1}\n').subarray(0, 15)],
  ])('a pipe that falls silent %s is given up when the run is stopped', async (_, sent) => {
    const pipe = new PassThrough();
    if (sent.length > 0) pipe.write(sent);
    const controller = new AbortController();
    const reading = collect(await openFiles([], pipe), controller.signal);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    controller.abort();
    expect((await reading).length).toBeLessThanOrEqual(1);
    expect(pipe.destroyed).toBe(true);
  });

  test('a stream that fails stops the run', async () => {
    async function* failing() {
      yield Buffer.from('{"a":1}\n{"b"');
      await Promise.resolve();
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    }
    const { lines, error } = await collectUntilError(await openFiles([], Readable.from(failing())));
    expect(shown(lines)).toEqual(['1 {"a":1}']);
    expect(error).toMatchObject({
      name: 'ReplayStopped',
      code: 'INPUT_UNREADABLE',
      message: 'Cannot read standard input after line 1: the device reports an input/output error.',
    });
  });

  test('a file that is gone when its turn comes stops the run', async () => {
    const path = join(folder, 'gone');
    await writeFile(path, '{}\n');
    const input = await openFiles([`${fixtures}native.ndjson`, path], noStdin());
    await rm(path);
    const { lines, error } = await collectUntilError(input);
    expect(lines.length).toBe(nativeLines);
    expect(error).toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: `Cannot read ${path} before its first line: no such file.`,
    });
  });

  test('a device', async () => {
    const input = await openFiles(['/dev/null'], noStdin());
    expect(input).toMatchObject({ isOnce: true, size: undefined });
    expect(await collect(input)).toEqual([]);
  });
});

describe.runIf(process.platform !== 'win32')('named pipes', () => {
  async function makePipe(name: string): Promise<string> {
    const path = join(folder, name);
    await run('mkfifo', [path]);
    return path;
  }

  test('are read to their end, compressed or not', async () => {
    for (const bytes of [Buffer.from('{"a":1}\n{"b":2}\n'), gzipSync('{"a":1}\n{"b":2}\n')]) {
      const path = await makePipe(`pipe-${bytes.length}`);
      const input = await openFiles([path, `${fixtures}native.ndjson`], noStdin());
      expect(input).toMatchObject({ isOnce: true, size: undefined });
      const [lines] = await Promise.all([collect(input), writeFile(path, bytes)]);
      expect(shown(lines).slice(0, 2)).toEqual(['1 {"a":1}', '2 {"b":2}']);
      expect(lines.length).toBe(2 + nativeLines);
    }
  });

  test('to which nobody writes are given up when the run is stopped', async () => {
    const path = await makePipe('silent');
    const controller = new AbortController();
    const reading = collect(await openFiles([path], noStdin()), controller.signal);
    await new Promise(setImmediate);
    controller.abort();
    expect(await reading).toEqual([]);
  });

  test('whose writer falls silent are given up when the run is stopped', async () => {
    const path = await makePipe('half');
    const controller = new AbortController();
    const pieces = (await openFiles([path], noStdin())).pieces(controller.signal)[Symbol.asyncIterator]();
    const first = pieces.next();
    const writer = await open(path, 'w');
    await writer.write('{"a":1}\n');
    expect((await first).value).toMatchObject([{ text: '{"a":1}' }]);
    const second = pieces.next();
    await new Promise(setImmediate);
    controller.abort();
    expect(await second).toMatchObject({ done: true });
    await writer.close();
  });

  test('a path may lead nowhere only at the end', async () => {
    await mkdir(join(folder, 'deep'));
    const path = `${fixtures}native.ndjson/below`;
    await expect(openFiles([path], noStdin())).rejects.toMatchObject({
      message: `Cannot read ${path}: no such file: a part of the path is not a folder.`,
    });
  });
});
