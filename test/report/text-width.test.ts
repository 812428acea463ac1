import { expect, test } from 'vitest';
import { cutEnd, cutMiddle, padEnd, padStart, unbroken, widthOf, wrap } from '../../src/report/text-width.js';

test.each([
  ['abcdef', 6, 'abcdef', 'abcdef'],
  ['abcdef', 5, 'abcd…', 'ab…ef'],
  ['abcdef', 3, 'ab…', 'ab…'],
  ['abcdef', 1, '…', '…'],
  ['abcdef', 0, '', ''],
  ['日本語トピック', 8, '日本語…', '日本…ク'],
  ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5, '👩‍👩‍👧👩‍👩‍👧…', '👩‍👩‍👧…👩‍👩‍👧'],
])('%s in %d columns', (text, width, atEnd, inMiddle) => {
  expect([cutEnd(text, width), cutMiddle(text, width)]).toEqual([atEnd, inMiddle]);
  expect(Math.max(widthOf(cutEnd(text, width)), widthOf(cutMiddle(text, width)))).toBeLessThanOrEqual(width);
});

test('padding counts columns, not characters', () => {
  expect([padEnd('日本', 6), padStart('日本', 6), padEnd('long', 2)]).toEqual(['日本  ', '  日本', 'long']);
});

test.each([
  ['', 5, ['']],
  ['one two three', 7, ['one two', 'three']],
  ['abcdefghij kl', 4, ['abcd', 'efgh', 'ij', 'kl']],
  ['日本語トピック', 5, ['日本', '語ト', 'ピッ', 'ク']],
  ['日', 1, ['日']],
  [`a ${unbroken('b c')}`, 4, ['a', 'b c']],
])('%j is wrapped to %d columns', (text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines);
});
