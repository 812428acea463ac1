import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KeptLines } from '../../src/accounting/kept-lines.js';
import { freshPath } from './folder.js';

function letter(file: string, line: number, outcome = 'failed'): string {
  return `${JSON.stringify({ topic: 't', data: { Name: 'é' }, error: { code: 'X', outcome, source: { file, line } } })}\n`;
}

it('tells which lines have their outcome on disk', async () => {
  const [failures, successes] = [freshPath('failures'), freshPath('successes')];
  writeFileSync(failures, letter('a', 1) + letter('a', 3, 'in_doubt') + letter('a', 4, 'unsent') + letter('-', 1));
  writeFileSync(successes, `${JSON.stringify({ topic: 't', file: 'a', line: 7, id: null, created: null })}\n`);
  const kept = new KeptLines();
  await kept.readFailures(failures);
  await kept.readSuccesses(successes);
  expect(kept.hasFailures).toBe(true);
  expect([1, 2, 3, 4, 7].map((line) => kept.take({ file: 'a', line }))).toEqual([
    'failed',
    undefined,
    'failed',
    undefined,
    'succeeded',
  ]);
  expect(kept.take({ file: '-', line: 1 })).toBe('failed');
});

it('speaks of one line with each entry, where a path was given twice', async () => {
  const path = freshPath('failures');
  writeFileSync(path, letter('a', 1));
  const kept = new KeptLines();
  await kept.readFailures(path);
  expect([kept.take({ file: 'a', line: 1 }), kept.take({ file: 'a', line: 1 })]).toEqual(['failed', undefined]);
});

it('cuts a torn last line off, wherever it was torn', async () => {
  const path = freshPath('failures');
  const whole = letter('a', 1);
  const torn = Buffer.from(letter('a', 2));
  for (let length = 0; length < torn.length; length++) {
    writeFileSync(path, Buffer.concat([Buffer.from(whole), torn.subarray(0, length)]));
    const kept = new KeptLines();
    await kept.readFailures(path);
    expect(kept.take({ file: 'a', line: 2 })).toBeUndefined();
    expect(kept.take({ file: 'a', line: 1 })).toBe('failed');
    expect(readFileSync(path, 'utf8')).toBe(whole);
  }
});

it('knows nothing where there is no file', async () => {
  const kept = new KeptLines();
  await kept.readFailures(freshPath('nowhere'));
  await kept.readFailures('/dev/full');
  expect(kept.hasFailures).toBe(false);
});
