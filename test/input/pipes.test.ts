import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFiles } from '../../src/input/source.js';
import { collect, collectUntilError, fixtures, nativeLines, never, noStdin, shown } from './reading.js';

const run = promisify(execFile);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sfreplay-input-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('standard input and pipes', () => {
  test.each([[[]], [['-']], [['/dev/stdin']]])('%j is standard input', async (paths) => {
    const input = await openFiles(paths, Readable.from([Buffer.from('{"a":'), Buffer.from('1}\n{"b":2}')]));
    expect(input).toMatchObject({ isOnce: true, size: undefined });
    const lines = await collect(input);
    expect(shown(lines)).toEqual(['1 {"a":1}', '2 {"b":2}']);
    expect(lines[0]!.position.file).toBe(paths[0] ?? '-');
    expect(input.position).toBe(15);
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
});
