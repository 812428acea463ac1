import { LosslessNumber } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import { comparableKey, isInShard } from '../../src/records/key.js';
import type { JsonValue } from '../../src/core/record.js';

const COUNT = 64;

function shardOf(key: JsonValue | undefined, text = 'x', count = COUNT): number {
  const shards = Array.from({ length: count }, (_, i) => i + 1);
  const found = shards.filter((index) => isInShard({ index, count }, key, text));
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('a key stays in one shard', () => {
  test.each<[JsonValue, JsonValue]>([
    ['A-1', ' a-1 '],
    ['STRASSE', 'straße'],
    [17, '17.0'],
    [new LosslessNumber('12345678901234567890'), '12345678901234567890'],
    ['1e3', 1000],
    ['0015500001QdQWa', '0015500001QdQWaAAN'],
    ['001500000000001', '001500000000001AAA'],
    [true, 'TRUE'],
  ])('%j and %j', (left, right) => {
    expect(shardOf(left)).toBe(shardOf(right));
  });

  test('whatever kind of field compares its spellings', () => {
    const keys: JsonValue[] = [
      'a',
      'A ',
      1,
      '1.0',
      '01',
      '1E0',
      '0015500001QdQWa',
      '0015500001QdQWaAAN',
      '+1',
      '.5',
      0.5,
    ];
    for (const kind of ['id', 'text', 'number', 'unknown'] as const) {
      for (const left of keys) {
        for (const right of keys) {
          if (comparableKey(left, kind) === comparableKey(right, kind)) expect(shardOf(left)).toBe(shardOf(right));
        }
      }
    }
  });
});

test('without a key the line decides', () => {
  for (const key of [undefined, null, '', '  ', {}, ['a']] as JsonValue[]) {
    expect(shardOf(key, 'one line')).toBe(shardOf(undefined, 'one line'));
  }
  const shards = new Set(Array.from({ length: 50 }, (_, i) => shardOf(undefined, `line ${i}`, 4)));
  expect(shards.size).toBe(4);
});

test('shards are about equal', () => {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4_000; i++) counts[shardOf(`A-${i}`, '', 4) - 1]! += 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test('one shard takes everything', () => {
  expect(isInShard({ index: 1, count: 1 }, 'a', 'x')).toBe(true);
});
