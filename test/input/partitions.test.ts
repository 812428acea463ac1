import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Partitions, type PartitionedLine } from '../../src/input/partitions.js';

const line = (place: number, text = `{"n":${place},"é":"\u2028"}`): PartitionedLine => ({
  ...{ place, topic: 't', ordinal: place, text },
  position: { file: 'a "b".ndjson', line: place + 1 },
});

test('lines come back by partition, and all of them in their order', async () => {
  const partitions = new Partitions(4);
  const lines = Array.from({ length: 1000 }, (_, place) => line(place));
  for (const one of lines) {
    partitions.add((one.place * 7) % 4, one);
    if (one.place % 300 === 299) await partitions.flush();
  }
  await partitions.flush();
  const read: PartitionedLine[] = [];
  for (let at = 0; at < 4; at++) {
    const part: PartitionedLine[] = [];
    for await (const one of partitions.read(at)) part.push(one);
    expect(part).toEqual(lines.filter(({ place }) => (place * 7) % 4 === at));
    read.push(...part);
  }
  expect(read).toHaveLength(1000);
  const all: PartitionedLine[] = [];
  for await (const piece of partitions.inOrder()) all.push(...piece);
  expect(all).toEqual(lines);
  await partitions.remove();
});

test('nothing has a name on disk while lines wait', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-partitions-'));
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const partitions = new Partitions(2);
  partitions.add(0, line(0));
  await partitions.flush();
  expect(readdirSync(folder)).toEqual([]);
  await partitions.remove();
});
