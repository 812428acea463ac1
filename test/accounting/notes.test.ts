import { expect, test } from 'vitest';
import { Ledger } from '../../src/accounting/ledger.js';
import { summaryNotes } from '../../src/replay/run-summary.js';
import { mapping } from '../batching/records.js';

test.each<[string, 'realtime' | 'bulk', { batches: number; byKey: number; saved: number }, string[]]>([
  ['nothing', 'realtime', { batches: 50, byKey: 9, saved: 0 }, []],
  ['a small share', 'realtime', { batches: 51, byKey: 10, saved: 0 }, []],
  [
    'many',
    'realtime',
    { batches: 50, byKey: 10, saved: 0 },
    ['t: a repeated key cut 10 of 50 calls short; compact: true folds versions that wait together'],
  ],
  [
    'folded',
    'realtime',
    { batches: 2, byKey: 0, saved: 1 },
    ['t: compact saved 1 call, which repeated keys would have cost'],
  ],
  [
    'folded in bulk',
    'bulk',
    { batches: 2, byKey: 0, saved: 1234 },
    ['t: compact saved 1,234 bulk jobs, which repeated keys would have cost'],
  ],
])('%s in %s', (_name, mode, { batches, byKey, saved }, notes) => {
  const of = mapping('t', mode);
  const ledger = new Ledger([of], () => true);
  const topic = ledger.topic(of);
  topic.batches = batches;
  topic.batchesClosedByKey = byKey;
  topic.batchesSaved = saved;
  expect(summaryNotes([topic])).toEqual(notes);
});
