import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ZstdFrames } from '../../src/input/decompress.js';

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** After how many bytes the stream may end. */
function endsOf(bytes: Buffer): number[] {
  const frames = new ZstdFrames();
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    frames.push(bytes.subarray(at, at + 1));
    if (frames.isComplete) ends.push(at + 1);
  }
  return ends;
}

describe('where a zstd stream may end', () => {
  test.each<[string, number[], number[]]>([
    ['single segment, one raw block', [...MAGIC, 0x20, 2, 0x11, 0, 0, 1, 2], [11]],
    ['with a checksum', [...MAGIC, 0x24, 2, 0x11, 0, 0, 1, 2, 9, 9, 9, 9], [15]],
    ['with a window descriptor', [...MAGIC, 0x00, 0, 0x09, 0, 0, 1], [10]],
    ['content size of 2 bytes', [...MAGIC, 0x60, 0, 0, 0x09, 0, 0, 1], [11]],
    ['content size of 8 bytes, dictionary of 4', [...MAGIC, 0xe3, ...Array<number>(12).fill(0), 0x09, 0, 0, 1], [21]],
    ['a repeated byte takes one byte', [...MAGIC, 0x20, 9, 0x4b, 0, 0, 7], [10]],
    ['two blocks', [...MAGIC, 0x20, 2, 0x08, 0, 0, 1, 0x09, 0, 0, 1], [14]],
    ['an empty last block', [...MAGIC, 0x20, 0, 0x01, 0, 0], [9]],
    ['a frame to be skipped', [0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3], [11]],
    ['two frames', [...MAGIC, 0x20, 0, 0x01, 0, 0, ...MAGIC, 0x20, 0, 0x01, 0, 0], [9, 18]],
  ])('%s', (_, bytes, expected) => {
    expect(endsOf(Buffer.from(bytes))).toEqual(expected);
  });

  test('in files that zstd wrote', async () => {
    const folder = new URL('../../fixtures/input/', import.meta.url);
    const bytes = await readFile(new URL('two-frames.ndjson.zst', folder));
    expect(endsOf(bytes)).toEqual([bytes.indexOf(Buffer.from(MAGIC), 4), bytes.length]);
    expect(endsOf(await readFile(new URL('cut-off.ndjson.zst', folder)))).toEqual([]);
  });
});
