import { expect, test } from 'vitest';
import { errorGroups } from '../../../src/report/page/error-groups.js';
import { summaryOf, topicSummary } from '../summaries.js';

const error = (code: string, count: number, example = code) => ({ code, count, example, line: 4, file: 'dump.ndjson' });
const example = { message: 'said so', file: 'dump.ndjson', line: 7, attempts: 1, text: '{"topic":"a"}' };

test('the errors of all topics, by code; those with examples of the failures file have these', () => {
  const summary = summaryOf([
    topicSummary('a', { errors: [error('LOCK', 1, 'locked'), error('NAME', 2)] }),
    topicSummary('b', { errors: [error('LOCK', 5)] }),
  ]);
  const groups = errorGroups(summary, [{ topic: 'b', code: 'LOCK', count: 3, examples: [example] }]);
  expect(groups).toEqual([
    {
      code: 'LOCK',
      count: 6,
      members: [
        { topic: 'b', count: 5, isAtLeast: false, examples: [example] },
        { topic: 'a', count: 1, isAtLeast: false, examples: [{ message: 'locked', file: 'dump.ndjson', line: 4 }] },
      ],
    },
    {
      code: 'NAME',
      count: 2,
      members: [{ topic: 'a', count: 2, isAtLeast: false, examples: [expect.objectContaining({ line: 4 })] }],
    },
  ]);
});

test('lines without an account of their own are known from the failures file', () => {
  const summary = summaryOf([topicSummary('a')], { totals: { malformed: 3, failed: 1 } });
  const groups = errorGroups(summary, [
    { topic: null, code: 'INVALID_JSON', count: 2, examples: [example] },
    { topic: 'other', code: 'UNMAPPED_TOPIC', count: 1, examples: [example] },
    // Of an earlier run of the journal.
    { topic: 'a', code: 'GONE', count: 9, examples: [example] },
  ]);
  expect(groups.map(({ code, count, members }) => [code, count, members[0]?.topic, members[0]?.isAtLeast])).toEqual([
    // There is one more, where the file was not read.
    ['INVALID_JSON', 2, undefined, true],
    ['UNMAPPED_TOPIC', 1, 'other', false],
  ]);
});
