import { posix, win32 } from 'node:path';
import { expect, it } from 'vitest';
import { freeRetryName } from '../../src/cli/retry-command.js';

const free = (): boolean => false;

it.each([
  ['failed.ndjson', 'failed.retry-1.ndjson'],
  ['failed.retry-1.ndjson', 'failed.retry-2.ndjson'],
  ['failed.retry-9.ndjson', 'failed.retry-10.ndjson'],
  ['sfreplay-20261123-172300-ab12.failed.ndjson', 'sfreplay-20261123-172300-ab12.failed.retry-1.ndjson'],
  ['failed.ndjson.gz', 'failed.retry-1.ndjson'],
  ['failed.ndjson.ZST', 'failed.retry-1.ndjson'],
  ['failed', 'failed.retry-1'],
  ['.failed', '.failed.retry-1'],
  ['.gz', '.gz.retry-1'],
  ['out.d/failed', 'out.d/failed.retry-1'],
  ['../a b/failed.2.ndjson', '../a b/failed.2.retry-1.ndjson'],
  ['failed.retry-x.ndjson', 'failed.retry-x.retry-1.ndjson'],
])('%s is followed by %s', (path, next) => {
  expect(freeRetryName(path, free, posix)).toBe(next);
});

it.each([
  [String.raw`C:\dumps\failed.ndjson`, String.raw`C:\dumps\failed.retry-1.ndjson`],
  [String.raw`out.d\failed.retry-1.ndjson`, String.raw`out.d\failed.retry-2.ndjson`],
  ['C:failed.ndjson.gz', 'C:failed.retry-1.ndjson'],
  [String.raw`\\server\share\failed.ndjson`, String.raw`\\server\share\failed.retry-1.ndjson`],
])('on Windows %s is followed by %s', (path, next) => {
  expect(freeRetryName(path, free, win32)).toBe(next);
});

it('passes over names that something has', () => {
  const taken = new Set(['d/failed.retry-1.ndjson', 'd/failed.retry-2.ndjson']);
  expect(freeRetryName('d/failed.ndjson', (path) => taken.has(path), posix)).toBe('d/failed.retry-3.ndjson');
});
