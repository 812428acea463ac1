import { LosslessNumber } from 'lossless-json';
import { expect, test } from 'vitest';
import { checkValue, isRecordId } from '../../src/checking/value-check.js';
import type { Mode, Scalar } from '../../src/core/record.js';
import { field } from '../writers/room.js';

const values = ['EMEA', 'APAC'].map((value) => ({ value, active: true }));
const fields = {
  text: field('T', 'string', { length: 5 }),
  name: field('N', 'string', { length: 5, nillable: false }),
  email: field('E', 'email', { length: 20 }),
  tier: field('P', 'picklist', {
    length: 255,
    restrictedPicklist: true,
    picklistValues: [...values, { value: 'Old', active: false }],
  }),
  open: field('O', 'picklist', { length: 5, picklistValues: values }),
  tags: field('M', 'multipicklist', { length: 10, restrictedPicklist: true, picklistValues: values }),
  flag: field('B', 'boolean', { nillable: false }),
  count: field('I', 'int', { digits: 8 }),
  money: field('C', 'currency', { precision: 5, scale: 2 }),
  loose: field('D', 'double'),
  date: field('Due', 'date'),
  moment: field('At', 'datetime'),
  lookup: field('L', 'reference'),
  blob: field('X', 'base64', { length: 1 }),
};

type Case = [keyof typeof fields, Scalar, string, string?];

test.each<Case>([
  ['text', 'abcdef', 'STRING_TOO_LONG', 'T: data value too large: 6 characters, at most 5 fit'],
  ['text', 'a\u0007', 'TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET'],
  ['name', null, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [N]'],
  ['email', 'nobody', 'INVALID_EMAIL_ADDRESS', 'E: invalid email address: nobody'],
  ['email', 'a@b', 'INVALID_EMAIL_ADDRESS'],
  ['email', 'a@b..c', 'INVALID_EMAIL_ADDRESS'],
  ['email', 'a b@c.d', 'INVALID_EMAIL_ADDRESS'],
  ['email', 'a@b@c.d', 'INVALID_EMAIL_ADDRESS'],
  ['email', `${'a'.repeat(20)}@b.c`, 'STRING_TOO_LONG'],
  ['tier', 'emea', 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'P: bad value for restricted picklist field: emea'],
  ['tier', 'Old', 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
  [
    'tags',
    'EMEA;Nowhere',
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    'M: bad value for restricted picklist field: Nowhere',
  ],
  ['tags', new Array(101).fill('EMEA').join(';'), 'TOO_MANY_ENUM_VALUE'],
  ['count', 123456789, 'NUMBER_OUTSIDE_VALID_RANGE', 'I: 123456789 has more than 8 digits before the point'],
  ['money', 1000, 'NUMBER_OUTSIDE_VALID_RANGE', 'C: 1000 has more than 3 digits before the point'],
  ['date', '1699-12-31', 'FIELD_INTEGRITY_EXCEPTION', 'Due: 1699-12-31 is not within the years 1700 to 4000'],
  ['date', '0001-01-01', 'FIELD_INTEGRITY_EXCEPTION'],
  ['date', '4001-01-01', 'FIELD_INTEGRITY_EXCEPTION'],
  ['moment', '0001-01-01T00:00:00Z', 'FIELD_INTEGRITY_EXCEPTION'],
  ['moment', '9999-12-31T23:59:59Z', 'FIELD_INTEGRITY_EXCEPTION'],
  ['lookup', '001', 'MALFORMED_ID', 'L: malformed id 001'],
  ['lookup', '0015500001QdQWaAAM', 'MALFORMED_ID'],
])('%s %j is refused in both modes: %s', (name, value, code, message) => {
  for (const mode of ['realtime', 'bulk'] as const) {
    const found = checkValue(fields[name], value, mode);
    expect(found).toMatchObject({ code });
    if (message !== undefined) expect(found?.message).toBe(message);
  }
});

test.each<Case>([
  ['flag', 'yes', 'B: yes is not true or false without quotes'],
  ['count', 1.5, 'I: 1.5 is not a whole number of at most 32 bits'],
  ['money', 'about 2m', 'C: about 2m is not a number'],
  ['date', '31/12/2025', 'Due: 31/12/2025 is not a date such as 2025-12-31'],
  ['date', 20251231, 'Due: 20251231 is not a date such as 2025-12-31'],
  [
    'moment',
    '2025-12-31T',
    'At: 2025-12-31T is not a date and time with seconds and zone, such as 2025-12-31T23:59:59Z',
  ],
  ['date', '0000-01-01', 'Due: 0000-01-01 is not a date such as 2025-12-31'],
])('%s %j cannot be read', (name, value, message) => {
  const realtime = checkValue(fields[name], value, 'realtime');
  expect(realtime).toEqual({ code: 'JSON_PARSER_ERROR', message, certainty: 'would_fail' });
  expect(checkValue(fields[name], value, 'bulk')).toMatchObject({ code: 'INVALID_FIELD' });
});

test.each<[keyof typeof fields, Scalar, Mode?]>([
  ['text', 'abcde'],
  ['text', '  abcde \n'],
  ['text', null],
  ['text', 'a\r\nbcd', 'bulk'],
  ['text', 'a\tb\n'],
  ['name', '   ', 'bulk'],
  ['email', "o'neil+x@mail.gr.org"],
  ['tier', ' EMEA '],
  ['tier', null],
  ['open', 'Other'],
  ['tags', 'EMEA; APAC'],
  ['flag', false],
  ['flag', 'TRUE', 'bulk'],
  ['flag', 1, 'bulk'],
  ['count', 99_999_999],
  ['count', '12'],
  ['money', 999.99],
  ['money', new LosslessNumber('999.995')],
  ['loose', 1e300],
  ['date', '2025-12-31'],
  ['date', null],
  ['date', '1700-01-01'],
  ['date', '4000-12-31'],
  ['moment', '2025-12-31T23:59:59.000+02:00'],
  ['moment', '1700-01-01T00:00:00Z'],
  ['moment', '2025-12-31', 'realtime'],
  ['lookup', '0015500001QdQWa'],
  ['lookup', '0015500001QdQWaAAN'],
  ['blob', 'no claim is made about types that describe says little of'],
])('%s %j is fine', (name, value, mode) => {
  for (const one of mode === undefined ? (['realtime', 'bulk'] as const) : [mode]) {
    expect(checkValue(fields[name], value, one)).toBeUndefined();
  }
});

test('a date alone is taken for a moment by REST, and not by Bulk API', () => {
  expect(checkValue(fields.moment, '2018-09-28', 'bulk')).toMatchObject({
    code: 'INVALID_FIELD',
    message:
      'At: 2018-09-28 is not a date and time with seconds and zone, such as 2025-12-31T23:59:59Z; only REST takes a date alone',
  });
  expect(checkValue(fields.moment, '1018-09-28', 'realtime')?.code).toBe('FIELD_INTEGRITY_EXCEPTION');
});

test('a value is read in linear time', () => {
  const digits = '1'.repeat(2_000_000);
  expect(checkValue(fields.loose, `${digits}x`, 'bulk')?.code).toBe('INVALID_FIELD');
});

test('the org decides on what is missing and on odd characters', () => {
  expect(checkValue(fields.name, ' ', 'realtime')?.certainty).toBe('may_fail');
  expect(checkValue(fields.text, '\u0000', 'bulk')?.certainty).toBe('may_fail');
  expect(checkValue(fields.text, 'abcdef', 'bulk')?.certainty).toBe('would_fail');
});

test('long values are cut in messages', () => {
  const message = `Due: ${'x'.repeat(60)}… is not a date such as 2025-12-31`;
  expect(checkValue(fields.date, 'x'.repeat(500), 'bulk')?.message).toBe(message);
});

test('the last three characters of an Id repeat the cases of the others', () => {
  expect(['0015500001QdQWaAAN', '500000000000001AAA', '500000000000001'].filter((id) => !isRecordId(id))).toEqual([]);
  expect(['0015500001QdQWaAA', '0015500001qdqwaAAN', '50000000000000!', ''].filter(isRecordId)).toEqual([]);
});
