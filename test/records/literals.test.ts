import { expect, test } from 'vitest';
import { integerDigits, isNumber } from '../../src/records/key.js';
import { misreadAs } from '../../src/records/value-type.js';
import { field } from '../writers/room.js';

/** Is a text read as a value of the type? */
const readAs = (type: string) => (text: string) => misreadAs(field('F', type), text, 'bulk') === undefined;
const isInt = readAs('int');
const isLong = readAs('long');
const isDate = readAs('date');
const isDatetime = readAs('datetime');
const isTime = readAs('time');

test.each<[(text: string) => boolean, string[], string[]]>([
  [
    isNumber,
    ['0', '-1', '+1', '1.', '.5', '0.10', '1e3', '1E-3'],
    ['', ' 1', '1 ', '.', '1,5', '1e', 'NaN', '0x1', '--1'],
  ],
  [isInt, ['0', '-2147483647', '+5', '2147483647'], ['2147483648', '1.0', '1e3', '', ' 1', '00000000001']],
  [isLong, ['9223372036854775807', '-1'], ['1.5', '10000000000000000000', '']],
  [isDate, ['2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'], ['2023-02-29', '1900-02-29', '2024-04-31']],
  [
    isDate,
    [],
    ['2024-13-01', '2024-00-10', '2024-01-00', '0000-01-01', '2024-1-1', '31/12/2025', '2024-01-01T00:00:00Z', ''],
  ],
  [isDatetime, ['2025-12-31T23:59:59Z', '2025-12-31T23:59:59.123456789Z', '2025-12-31T00:00:00+0200'], []],
  [isDatetime, ['2025-12-31T00:00:00.000-02:30', '2025-12-31T00:00:00+14:59'], ['2025-12-31T23:59:59', '2025-12-31']],
  [isDatetime, [], ['2025-12-31 23:59:59Z', '2025-12-31T23:59Z', '2025-12-31T24:00:00Z', '2025-02-30T00:00:00Z']],
  [
    isDatetime,
    [],
    ['2025-12-31T00:00:00+15:00', '2025-12-31T00:00:00.Z', '2025-12-31T23:59:60Z', '1767225600000', 'Z', ''],
  ],
  [
    isTime,
    ['23:59:59Z', '00:00:00.5Z', '12:30:00.123Z'],
    ['23:59:59', '24:00:00Z', '12:30Z', '12:30:00.1234Z', 'Z', ''],
  ],
])('%o', (is, good, bad) => {
  expect(good.filter((text) => !is(text))).toEqual([]);
  expect(bad.filter(is)).toEqual([]);
});

test.each([
  ['0', 0],
  ['0.995', 0],
  ['0.05', 0],
  ['00012.5', 2],
  ['-999.99', 3],
  ['999.995', 3],
  ['1e3', 4],
  ['12.5e-1', 1],
  ['1e400', 401],
  ['1e-400', 0],
  ['.5', 0],
])('%s has %i digits before the point', (text, digits) => {
  expect(integerDigits(text)).toBe(digits);
});
