import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { Spool, type SpooledLine } from '../../src/input/spool.js';
import { folderWith } from '../config/folder.js';

let folder: string;

beforeEach(() => {
  folder = folderWith({});
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => void vi.unstubAllEnvs());

function spool(): Spool {
  const made = new Spool();
  onTestFinished(() => made.remove());
  return made;
}

function line(ordinal: number, text = `{"n":${ordinal}}`): SpooledLine {
  const position = { file: 'dump "1"\n.ndjson', line: ordinal + 1 };
  return { position, text, ordinal, attempts: 2, earlier: undefined, error: undefined };
}

function add(to: Spool, topic: string, one: SpooledLine): void {
  to.add(topic, one, one);
}

async function all(of: Spool): Promise<SpooledLine[]> {
  const lines: SpooledLine[] = [];
  for await (const one of of.take()) lines.push(one);
  return lines;
}

test('lines come out as they went in, also those that a line reader would trim', async () => {
  const waiting = spool();
  const lines = ['{}', '{"a":"é日本"} ', '{}\r', '\u2028{}', ' '].map((text, i) => line(i, text));
  lines.push({ ...line(9), earlier: 'perhaps_written' });
  lines.push({ ...line(10), error: { code: 'INVALID_FIELD', message: 'x\ny', fields: ['a'] } });
  for (const one of lines) add(waiting, 't', one);
  expect([waiting.count, waiting.waiting.get('t')]).toEqual([7, 7]);
  expect(await all(waiting)).toEqual(lines);
  expect([waiting.count, await all(waiting)]).toEqual([0, []]);
});

test.skipIf(process.platform === 'win32')('none is left, not even by a program that is killed', async () => {
  const waiting = spool();
  await waiting.flush();
  expect(await all(waiting)).toEqual([]);
  add(waiting, 't', line(0));
  await waiting.flush();
  expect(readdirSync(folder)).toEqual(['.git']);
  expect(waiting.count).toBe(1);
  await waiting.remove();
  expect([waiting.count, await all(waiting)]).toEqual([0, []]);
});

test('is full when more is in memory than should be', async () => {
  const waiting = spool();
  const text = `{"x":"${'x'.repeat(100_000)}"}`;
  for (let i = 0; !waiting.isFull; i++) add(waiting, 't', line(i, text));
  await waiting.flush();
  expect(waiting.isFull).toBe(false);
  expect(await all(waiting)).toHaveLength(6);
});

test('what was taken out does not come again', async () => {
  const waiting = spool();
  for (let i = 0; i < 5; i++) add(waiting, i < 3 ? 'a' : 'b', line(i));
  for await (const { ordinal } of waiting.take()) if (ordinal === 1) break;
  expect([...waiting.waiting]).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  add(waiting, 'b', line(5));
  expect((await all(waiting)).map(({ ordinal }) => ordinal)).toEqual([2, 3, 4, 5]);
});

test('what cannot be written stops the run, and is not lost', async () => {
  vi.stubEnv('TMPDIR', `${folder}/missing`);
  const waiting = spool();
  add(waiting, 't', line(0));
  await expect(waiting.flush()).rejects.toMatchObject({ code: 'SPOOL_UNUSABLE' });
  expect((await all(waiting)).map(({ ordinal }) => ordinal)).toEqual([0]);
});
