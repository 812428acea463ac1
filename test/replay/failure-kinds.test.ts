import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readFailureKinds } from '../../src/replay/failure-kinds.js';

function fileOf(lines: readonly (object | string)[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-kinds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'failed.ndjson');
  writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return path;
}

function letter(line: number, code: string, message: string, of: object = {}): object {
  const error = { code, message, outcome: 'failed', source: { file: 'dump.ndjson', line }, attempts: 1, ...of };
  return { topic: 'a', data: { Name: `n${line}` }, error };
}

test('gives examples by topic and code, one of each message: the first line that had it', async () => {
  const path = fileOf([
    letter(7, 'NAME', 'no name'),
    letter(4, 'NAME', 'no name'),
    letter(5, 'NAME', 'bad name'),
    letter(6, 'LOCK', 'locked', { outcome: 'in_doubt', attempts: 3 }),
    letter(8, 'RUN_STOPPED', 'stopped', { outcome: 'unsent' }),
  ]);
  expect(await readFailureKinds(path)).toEqual([
    {
      ...{ topic: 'a', code: 'NAME', count: 3 },
      examples: [
        { message: 'no name', file: 'dump.ndjson', line: 4, attempts: 1, text: '{"topic":"a","data":{"Name":"n4"}}' },
        { message: 'bad name', file: 'dump.ndjson', line: 5, attempts: 1, text: '{"topic":"a","data":{"Name":"n5"}}' },
      ],
    },
    {
      ...{ topic: 'a', code: 'LOCK', count: 1 },
      examples: [
        { message: 'locked', file: 'dump.ndjson', line: 6, attempts: 3, text: '{"topic":"a","data":{"Name":"n6"}}' },
      ],
    },
  ]);
});

test('shows of a malformed line its raw text', async () => {
  const { error } = letter(3, 'INVALID_JSON', 'no JSON') as { error: object };
  const path = fileOf([{ topic: null, raw: '{"topic":', error }]);
  expect((await readFailureKinds(path))[0]).toMatchObject({ topic: null, examples: [{ line: 3, text: '{"topic":' }] });
});

test('keeps a few messages, and no long texts', async () => {
  const texts = Array.from({ length: 10 }, (_, index) => letter(index, 'NAME', `message ${index}`));
  const [kind] = await readFailureKinds(
    fileOf([...texts, { ...letter(1, 'LONG', 'x'), data: { a: 'x'.repeat(9_999) } }]),
  );
  expect(kind).toMatchObject({ count: 10, examples: [{ line: 0 }, { line: 1 }, { line: 2 }] });
});

test('reads a beginning only, and passes over what it cannot read', async () => {
  const line = JSON.stringify({ ...letter(1, 'BIG', 'x'), data: { a: 'x'.repeat(1_000_000) } });
  const path = fileOf(['', 'no JSON', '7', '{"topic":"a","error":{}}', ...Array<string>(9).fill(line)]);
  const [kind, ...others] = await readFailureKinds(path);
  expect(others).toEqual([]);
  expect(kind?.count).toBe(3);
  expect(kind?.examples[0]?.text).toHaveLength(2_000);
});

test.each(['/no/such/file', '/dev/null', '/'])('has nothing of %s', async (path) => {
  expect(await readFailureKinds(path)).toEqual([]);
});
