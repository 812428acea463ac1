import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/emulator/api-error.js';
import { parseSoql } from '../../src/emulator/soql/parse.js';
import { periodOf } from '../../src/emulator/soql/conditions.js';

describe('parseSoql', () => {
  it('parses conditions, order and limits', () => {
    const query = parseSoql(
      "select Id, Account.Name from Contact where (Email like '%@x.co' or Name = 'O\\'Hara') and not Score__c >= 1.5 order by Name desc nulls last, Id limit 5 offset 2",
    );
    expect(query).toMatchObject({
      items: [
        { kind: 'field', path: { text: 'Id', at: 7 } },
        { kind: 'field', path: { text: 'Account.Name', at: 11 } },
      ],
      from: { text: 'Contact', at: 29 },
      where: {
        kind: 'and',
        conditions: [
          {
            kind: 'or',
            conditions: [
              { operator: 'LIKE', literals: [{ kind: 'text', raw: '%@x.co' }] },
              { operator: '=', literals: [{ kind: 'text', text: "O'Hara" }] },
            ],
          },
          { kind: 'not', conditions: [{ operator: '>=', literals: [{ kind: 'number', text: '1.5' }] }] },
        ],
      },
      orderBy: [
        { operand: { path: { text: 'Name' } }, isDescending: true, nullsLast: true },
        { operand: { path: { text: 'Id' } }, isDescending: false, nullsLast: false },
      ],
      limit: 5,
      offset: 2,
    });
  });

  it.each([
    [
      'a.Id, o.Name FROM Contact a, a.Account b, b.Owner o',
      [...Object.entries({ a: '', b: 'Account', o: 'Account.Owner' })],
    ],
    ['x FROM Contact AS c', [['c', '']]],
    ['Id FROM Contact FOR VIEW', []],
  ])('finds the aliases of SELECT %s', (rest, aliases) => {
    expect([...parseSoql(`SELECT ${rest}`).aliases]).toEqual(aliases);
  });

  it.each([
    ['', "\n\n^\nERROR at Row:1:Column:1\nunexpected token: '<EOF>'"],
    ['SELECT FROM X', "\nSELECT FROM X\n       ^\nERROR at Row:1:Column:8\nunexpected token: 'FROM'"],
    [
      'SELECT Id FROM X WHERE',
      "\nSELECT Id FROM X WHERE\n                      ^\nERROR at Row:1:Column:23\nunexpected token: '<EOF>'",
    ],
    [
      'SELECT Id\nFROM X LIMIT y',
      "\nSELECT Id\nFROM X LIMIT y\n                       ^\nERROR at Row:2:Column:14\nunexpected token: 'y'",
    ],
    [
      "SELECT Id FROM X WHERE a = 'b",
      "\nSELECT Id FROM X WHERE a = 'b\n                           ^\nERROR at Row:1:Column:28\nunexpected token: '''",
    ],
    [
      'SELECT Id FROM X Y Z',
      "\nSELECT Id FROM X Y Z\n                   ^\nERROR at Row:1:Column:20\nunexpected token: 'Z'",
    ],
    [
      'SELECT Id FROM X WHERE a = 1 AND b = 2 OR c = 3',
      "\nId FROM X WHERE a = 1 AND b = 2 OR c = 3\n                                ^\nERROR at Row:1:Column:40\nunexpected token: 'OR'",
    ],
  ])('refuses %j', (text, message) => {
    const refused = caught(() => parseSoql(text));
    expect([refused.status, refused.errors]).toEqual([400, [{ message, errorCode: 'MALFORMED_QUERY' }]]);
  });

  it.each([
    'SELECT Id FROM X OFFSET 2001',
    'SELECT MEDIAN(x) FROM X',
    'SELECT Id FROM X WHERE a = SOMEDAY',
    'SELECT Id FROM X WHERE a NOT = 1',
    "SELECT Id FROM X WHERE a != IN ('b')",
  ])('refuses %j', (text) => {
    expect(caught(() => parseSoql(text)).status).toBe(400);
  });
});

describe('periodOf', () => {
  // A Wednesday.
  const now = Date.parse('2026-07-15T13:45:00Z');

  it.each([
    ['TODAY', undefined, '2026-07-15', '2026-07-16'],
    ['YESTERDAY', undefined, '2026-07-14', '2026-07-15'],
    ['TOMORROW', undefined, '2026-07-16', '2026-07-17'],
    ['THIS_WEEK', undefined, '2026-07-12', '2026-07-19'],
    ['LAST_WEEK', undefined, '2026-07-05', '2026-07-12'],
    ['NEXT_MONTH', undefined, '2026-08-01', '2026-09-01'],
    ['THIS_QUARTER', undefined, '2026-07-01', '2026-10-01'],
    ['LAST_YEAR', undefined, '2025-01-01', '2026-01-01'],
    ['LAST_N_DAYS', 3, '2026-07-12', '2026-07-16'],
    ['NEXT_N_DAYS', 3, '2026-07-16', '2026-07-19'],
    ['LAST_90_DAYS', undefined, '2026-04-16', '2026-07-16'],
    ['LAST_N_MONTHS', 2, '2026-05-01', '2026-07-01'],
    ['N_YEARS_AGO', 2, '2024-01-01', '2025-01-01'],
    ['N_DAYS_AGO', 1, '2026-07-14', '2026-07-15'],
  ])('%s %s', (name, count, start, end) => {
    expect(periodOf(name, count, now)).toEqual({ startMs: Date.parse(start), endMs: Date.parse(end) });
  });

  it.each([
    ['LAST_N_DAYS', undefined],
    ['TODAY', 3],
  ])('is nothing for %s with %s', (name, count) => {
    expect(periodOf(name, count, now)).toBeUndefined();
  });
});

function caught(work: () => unknown): ApiError {
  try {
    work();
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error('not refused');
}
