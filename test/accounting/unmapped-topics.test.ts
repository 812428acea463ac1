import { expect, test } from 'vitest';
import { UnmappedTopics } from '../../src/accounting/input-account.js';

test('names are remembered up to a limit, and cut at the length that Kafka allows', () => {
  const topics = new UnmappedTopics();
  const long = 'x'.repeat(300);
  for (let line = 1; line <= 3_000; line++) topics.add({ topic: `t${line}`, position: { file: 'a', line } });
  topics.add({ topic: 't7', position: { file: 'a', line: 3_001 } });
  expect(topics.list()).toHaveLength(1_000);
  expect(topics.list()[0]).toEqual({ topic: 't7', count: 2 });
  const errors = topics.errors();
  expect(errors.reduce((sum, { errors: [error] }) => sum + (error?.count ?? 0), 0)).toBe(3_001);
  expect(errors.at(-1)).toEqual({
    topic: '(others)',
    errors: [
      {
        code: 'UNMAPPED_TOPIC',
        count: 2_000,
        example: 'No mapping names the topic (others)',
        file: 'a',
        line: 1_001,
      },
    ],
  });

  const one = new UnmappedTopics();
  one.add({ topic: long, position: { file: 'a', line: 1 } });
  one.add({ topic: `${long}y`, position: { file: 'a', line: 2 } });
  expect(one.list()).toEqual([{ topic: `${'x'.repeat(248)}…`, count: 2 }]);
});
