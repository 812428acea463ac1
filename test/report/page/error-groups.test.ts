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
        { topic: 'b', count: 5, hint: undefined, examples: [example] },
        { topic: 'a', count: 1, hint: undefined, examples: [{ message: 'locked', file: 'dump.ndjson', line: 4 }] },
      ],
    },
    {
      code: 'NAME',
      count: 2,
      members: [{ topic: 'a', count: 2, hint: undefined, examples: [expect.objectContaining({ line: 4 })] }],
    },
  ]);
});

test('lines without an account of their own have one by their code', () => {
  const summary = {
    ...summaryOf([topicSummary('a')]),
    line_errors: [
      { topic: '', errors: [{ ...error('INVALID_JSON', 3), hint: 'Looks like CSV' }] },
      { topic: 'other', errors: [error('UNMAPPED_TOPIC', 1)] },
    ],
  };
  const groups = errorGroups(summary, [
    { topic: null, code: 'INVALID_JSON', count: 2, examples: [example] },
    { topic: 'other', code: 'UNMAPPED_TOPIC', count: 1, examples: [example] },
    // Of an earlier run of the journal.
    { topic: 'a', code: 'GONE', count: 9, examples: [example] },
  ]);
  expect(groups).toEqual([
    {
      code: 'INVALID_JSON',
      count: 3,
      members: [{ topic: undefined, count: 3, hint: 'Looks like CSV', examples: [example] }],
    },
    {
      code: 'UNMAPPED_TOPIC',
      count: 1,
      members: [{ topic: 'other', count: 1, hint: undefined, examples: [example] }],
    },
  ]);
});
