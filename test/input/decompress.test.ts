import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import zlib, { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openFiles } from '../../src/input/source.js';
import { collect, collectUntilError, fixtures, nativeLines, noStdin, shown, textsOf } from './reading.js';

const hasZstd = 'createZstdDecompress' in zlib;
const openFixture = (...names: string[]) =>
  openFiles(
    names.map((name) => fixtures + name),
    noStdin(),
  );

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
      expect(textsOf(lines)).toEqual(texts);
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
      expect(textsOf(lines)).toEqual(whole);
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

  test.runIf(hasZstd)('zstd: cut off gives its whole lines and stops the run', async () => {
    const { lines, error } = await collectUntilError(await openFixture('cut-off.ndjson.zst'));
    expect(shown(lines).every((text, index) => text === `${index + 1} {"topic":"t","data":{"n":${index}}}`)).toBe(true);
    expect(error).toMatchObject({ code: 'INPUT_DAMAGED' });
  });

  test.runIf(hasZstd)('zstd: damaged', async () => {
    const bytes = await readFile(`${fixtures}two-frames.ndjson.zst`);
    bytes.fill(0xff, 20, 30);
    const { error } = await collectUntilError(await openFiles([], Readable.from([bytes])));
    expect(error).toMatchObject({ code: 'INPUT_DAMAGED' });
  });

  test.runIf(hasZstd)(
    'zstd: a whole file in two chunks is the same wherever it is cut, and each beginning of it is cut off',
    async () => {
      const bytes = await readFile(`${fixtures}two-frames.ndjson.zst`);
      const whole = shown(await collect(await openFiles([], Readable.from([bytes]))));
      const complete: number[] = [];
      for (let at = 5; at < bytes.length; at++) {
        const chunks = [bytes.subarray(0, at), bytes.subarray(at)];
        expect(shown(await collect(await openFiles([], Readable.from(chunks))))).toEqual(whole);
        const beginning = await openFiles([], Readable.from(chunks.slice(0, 1)));
        await collect(beginning).then(
          () => complete.push(at),
          (error: unknown) => expect(error).toMatchObject({ code: 'INPUT_DAMAGED' }),
        );
      }
      // Between its two frames.
      expect(complete).toEqual([bytes.indexOf(bytes.subarray(0, 4), 4)]);
    },
  );

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
