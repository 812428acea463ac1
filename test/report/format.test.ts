import { expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNoun,
  formatPercent,
  formatRate,
  formatSeconds,
  safeBlock,
  safeText,
} from '../../src/report/format.js';

test.each([
  [0, '0'],
  [999, '999'],
  [1_234_567, '1,234,567'],
])('the count %d is shown as %s', (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test('nouns follow their number', () => {
  expect([formatNoun(1, 'line'), formatNoun(1000, 'line'), formatNoun(2, 'retry', 'retries')]).toEqual([
    '1 line',
    '1,000 lines',
    '2 retries',
  ]);
});

test.each([
  [undefined, '–'],
  [NaN, '–'],
  [0, '0/s'],
  [0.04, '0.0/s'],
  [4.24, '4.2/s'],
  [9.96, '10/s'],
  [1049.6, '1,050/s'],
])('the rate %s is shown as %s', (rate, text) => {
  expect(formatRate(rate)).toBe(text);
});

test.each([
  [0, '0%'],
  [0.999, '99%'],
  [1, '100%'],
  [1.2, '100%'],
])('the share %d is shown as %s', (share, text) => {
  expect(formatPercent(share)).toBe(text);
});

test.each([
  [0, '0 ms', '0 s'],
  [99, '99 ms', '0 s'],
  [100, '0.1 s', '0 s'],
  [12_345, '12.3 s', '12 s'],
  [59_949, '59.9 s', '1 min'],
  [59_990, '1 min', '1 min'],
  [125_000, '2 min 5 s', '2 min 5 s'],
  [3_600_000, '1 h', '1 h'],
  [11_530_000, '3 h 12 min', '3 h 12 min'],
  [187_200_000, '2 d 4 h', '2 d 4 h'],
])('%d ms are shown as %s, or %s where seconds do', (ms, text, seconds) => {
  expect([formatDuration(ms), formatSeconds(ms)]).toEqual([text, seconds]);
});

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [5120, '5.1 kB'],
  [999_600, '1.0 MB'],
  [123_400_000, '123 MB'],
  [5_000_000_000_000_000, '5,000 TB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  ['plain stays: Grün, 日本語, 👩‍👩‍👧, e\u0301', 'plain stays: Grün, 日本語, 👩‍👩‍👧, e\u0301'],
  ['line\r\n  end\tand\u2028others', 'line end and others'],
  ['two  blanks', 'two  blanks'],
  ['\u001B[31mred\u001B[0m', '␛[31mred␛[0m'],
  ['\u001B]0;title\u0007', '␛]0;title␇'],
  ['\u009B2J', '�2J'],
  ['nul\0 del\u007F back\b', 'nul␀ del␡ back␈'],
  ['abc\u202Etxt.exe\u2066\u200F', 'abc�txt.exe��'],
  ['zero\u200Bwidth\uFEFF', 'zero�width�'],
  ['half \uD83D pair', 'half � pair'],
])('%j becomes harmless', (text, safe) => {
  expect(safeText(text)).toBe(safe);
});

test('a block keeps its lines and their indentation', () => {
  expect(safeBlock('a\u001B\r\n    b\tc')).toBe('a␛\n    b c');
});
