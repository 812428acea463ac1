import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/config/duration.js';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['2h45m', 9_900_000],
    ['.5s', 500],
    ['1.s', 1_000],
    ['+5s', 5_000],
    ['0', 0],
    ['0s', 0],
    ['1ns', 1],
    ['1500us', 2],
    ['1500µs', 2],
    ['1500μs', 2],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '+', '-5s', '5', '5 s', 's', '5d', '5S', '1m 30s', '5s!', '.s', '1e3s', 'soon'])(
    'takes %j for no duration',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
