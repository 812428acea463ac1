import { expect, test } from 'vitest';
import { groupErrors, placeOf, topicsText } from '../../src/report/errors.js';
import { topicSummary } from './summaries.js';

const error = (code: string, count: number, example = code) => ({ code, count, example, line: 4, file: 'dump.ndjson' });

test('the errors of all topics are grouped by code, and the first one in the input is the example', () => {
  const groups = groupErrors([
    topicSummary('a', { errors: [error('LOCK', 1, 'locked'), error('NAME', 2)] }),
    topicSummary('b', { errors: [{ ...error('LOCK', 5), line: 3 }] }),
  ]);
  expect(groups).toEqual([
    {
      ...{ ...error('LOCK', 6), line: 3 },
      members: [
        { ...error('LOCK', 5), line: 3, topic: 'b' },
        { ...error('LOCK', 1, 'locked'), topic: 'a' },
      ],
    },
    { ...error('NAME', 2), members: [{ ...error('NAME', 2), topic: 'a' }] },
  ]);
  expect(groups.map(topicsText)).toEqual(['b 5, a 1', 'a']);
});

test('errors of a field of their own, and of other files, are not mixed', () => {
  const [one, other, ...rest] = groupErrors([
    {
      topic: 'a',
      errors: [
        { ...error('X', 1), field: 'F' },
        { ...error('X', 2), field: 'G' },
      ],
    },
    { topic: '', errors: [{ ...error('X', 3), file: '-', line: 1, field: 'F' }] },
  ]);
  expect(rest).toEqual([]);
  expect([one?.count, one && placeOf(one), one && topicsText(one)]).toEqual([4, 'dump.ndjson:4', 'a']);
  expect(other?.count).toBe(2);
  expect(placeOf({ file: '-', line: 1 })).toBe('line 1 of standard input');
});
