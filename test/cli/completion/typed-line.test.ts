import { describe, expect, it } from 'vitest';
import { configOf, currentValue, splitLine } from '../../../src/cli/completion/complete.js';

describe('splitLine', () => {
  it.each([
    ['', ['']],
    ['sfreplay', ['sfreplay']],
    ['sfreplay ', ['sfreplay', '']],
    ['sfreplay  --topic\tx', ['sfreplay', '--topic', 'x']],
    [`sfreplay -c 'my config.yaml' `, ['sfreplay', '-c', 'my config.yaml', '']],
    [`sfreplay -c "my \\"config\\".yaml" x`, ['sfreplay', '-c', 'my "config".yaml', 'x']],
    ['sfreplay -c my\\ config.yaml x', ['sfreplay', '-c', 'my config.yaml', 'x']],
    ['sfreplay my\\ ', ['sfreplay', 'my ']],
    [`sfreplay 'not closed`, ['sfreplay', 'not closed']],
    [`a--b='c d'e`, ['a--b=c de']],
  ])('takes apart: %s', (line, words) => {
    expect(splitLine(line)).toEqual(words);
  });
});

describe('configOf', () => {
  it.each([
    ['sfreplay --topic ', undefined],
    ['sfreplay -c x.yaml --topic ', 'x.yaml'],
    ['sfreplay --config x.yaml --topic ', 'x.yaml'],
    ['sfreplay --config=x.yaml --topic ', 'x.yaml'],
    ['sfreplay -cx.yaml --topic ', 'x.yaml'],
    ['sfreplay -c a.yaml -c b.yaml --topic ', 'b.yaml'],
    ['sfreplay -c ~/x.yaml --topic ', '/home/me/x.yaml'],
    ['sfreplay -c ', undefined],
    ['sfreplay -c x.ya', undefined],
  ])('of %s is %s', (line, config) => {
    expect(configOf(splitLine(line), '/home/me')).toBe(config);
  });
});

it.each([
  ['sfreplay --map a=', 'a='],
  ['sfreplay --map=a=B:', 'a=B:'],
  ['sfreplay --map ', ''],
])('what is typed in %s is %s', (line, value) => {
  expect(currentValue(splitLine(line))).toBe(value);
});
