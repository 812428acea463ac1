import { expect, test } from 'vitest';
import { allWritten, type BulkScript } from './bulk-org.js';
import { times, write } from './write-bulk.js';

/** Says of the earlier run's job what it is asked, one answer after the other. */
function earlierJob(...states: readonly string[]): BulkScript['before'] {
  let looks = 0;
  return (step, { seen, reply }) => {
    if (!seen.url.endsWith('/earlier')) return false;
    const state = step === 'abort' ? 'Aborted' : states[looks++];
    reply.json(200, { id: 'earlier', state, numberRecordsProcessed: state === 'JobComplete' ? 2 : 0 });
    return true;
  };
}

test('a job that was closed is followed to its end', async () => {
  const before = earlierJob('InProgress', 'InProgress', 'JobComplete');
  const job = { id: 'earlier', mayBeClosed: true };
  const { told, org, context } = await write({ work: allWritten, before }, times(2), { job });
  expect(told).toEqual(['succeeded', 'succeeded']);
  expect(org.steps).toEqual(['look', 'look', 'look']);
  expect(context.jobEvents).toEqual([
    { kind: 'resumed', id: 'earlier', records: 2 },
    { kind: 'ended', id: 'earlier', state: 'JobComplete', failed: 0 },
  ]);
});

test('a job that was still open is aborted, and its records are sent anew', async () => {
  const before = earlierJob('Open', 'Aborted');
  const job = { id: 'earlier', mayBeClosed: true };
  const { told, org, context } = await write({ work: allWritten, before }, times(2), { job });
  expect(told).toEqual(['succeeded', 'succeeded']);
  expect(org.steps).toEqual(['look', 'abort', 'look', 'create', 'upload', 'close', 'look']);
  expect(context.jobEvents.slice(0, 3)).toEqual([
    { kind: 'resumed', id: 'earlier', records: 2 },
    { kind: 'ended', id: 'earlier', state: 'Aborted', failed: 0 },
    { kind: 'made', id: '7501', records: 2 },
  ]);
});
