import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/emulator/bulk/csv.js';
import { canonicalNumeral, countIntegerDigits, exactNumber, javaDouble } from '../../src/emulator/decimal.js';
import { IdSequence, normalizeId, toLongId } from '../../src/emulator/ids.js';
import { readLiteral } from '../../src/emulator/records/values.js';

describe('record Ids', () => {
  it.each(['0015500001QdQWaAAN', '0035500001H9kZuAAJ', '003P000001avB5GIAU', '0065500000KQ12XAAT'])('%s', (id) => {
    expect(toLongId(id.slice(0, 15))).toBe(id);
    expect(normalizeId(id)).toBe(id);
    expect(normalizeId(id.slice(0, 15))).toBe(id);
  });

  it.each(['', '001', '0015500001QdQWaAAX', '0015500001QdQWaA', '0015500001QdQW!'])('refuses %j', (id) => {
    expect(normalizeId(id)).toBeUndefined();
  });

  it('are never given twice', () => {
    const ids = new IdSequence(62 ** 5 * 9);
    const made = Array.from({ length: 5000 }, () => ids.next('001'));
    expect(new Set(made).size).toBe(5000);
    expect(made.every((id) => normalizeId(id) === id)).toBe(true);
  });
});

describe('decimals', () => {
  it.each(['0.10', '12345678901234567890', '1e400', '-0.00', '7'])('keeps %s as written', (text) => {
    expect(String(exactNumber(text))).toBe(text);
  });

  it.each([
    ['912260031', '9.12260031E8'],
    ['12', '12.0'],
    ['0.10', '0.1'],
    ['0', '0.0'],
    ['0.0001', '1.0E-4'],
    ['-12345678.5', '-1.23456785E7'],
  ])('prints %s as Java does', (text, printed) => {
    expect(javaDouble(text)).toBe(printed);
  });

  it('compares and measures by value', () => {
    expect(new Set(['1', '1.0', '10e-1', '+1'].map(canonicalNumeral)).size).toBe(1);
    expect(canonicalNumeral('-0')).toBe('0');
    expect([countIntegerDigits('1e3'), countIntegerDigits('0.5'), countIntegerDigits('12.34')]).toEqual([4, 0, 2]);
  });
});

describe('literals', () => {
  it.each([
    ['date', '2024-02-29', '2024-02-29'],
    ['date', '2025-02-29', undefined],
    ['date', '2025-13-01', undefined],
    ['datetime', '2025-12-31T23:59:59Z', '2025-12-31T23:59:59.000+0000'],
    ['datetime', '2025-12-31T23:59:59.5-0130', '2026-01-01T01:29:59.500+0000'],
    ['datetime', '2025-12-31T24:00:00Z', undefined],
    ['datetime', '2025-12-31', undefined],
    ['time', '13:45:00Z', '13:45:00.000Z'],
    ['time', '13:45:00', undefined],
    ['boolean', 'TRUE', true],
    ['boolean', '0', false],
    ['boolean', 'yes', undefined],
    ['int', '2147483648', undefined],
    ['int', '1.0', undefined],
    ['double', '1e3', undefined],
  ] as const)('%s %s', (type, text, value) => {
    const read = readLiteral(type, text);
    if (type === 'double') expect(String(read)).toBe(text);
    else expect(read).toBe(value);
  });
});

describe('readCsv', () => {
  const read = (text: string, lineEnding: 'LF' | 'CRLF' = 'LF', delimiter = ',') =>
    readCsv(Buffer.from(text), { lineEnding, delimiter, delimiterName: '' });

  it.each([
    ['a,b\n1,2\n', 1],
    ['a,b\n1,2', 1],
    ['a,b\n"x,""y""",\n,\n', 2],
    ['a\n"l1\nl2"\n\nz\n', 3],
    ['a\n', 0],
    ['a', 0],
  ])('finds the rows of %j', async (text, rows) => {
    expect((await read(text)).slice(1)).toHaveLength(rows);
  });

  it('reads values with every kind of quoting', async () => {
    expect(await read('"a ""q"", b",,"l1\nl2", c \n"",x,,\n')).toEqual([
      ['a "q", b', '', 'l1\nl2', ' c '],
      ['', 'x', '', ''],
    ]);
    expect(await read('a\tb\r\nc\t\r\n', 'CRLF', '\t')).toEqual([
      ['a', 'b'],
      ['c', ''],
    ]);
  });

  it('reads an upload that takes several slices', async () => {
    const row = `"${'ä'.repeat(1000)}",${'x'.repeat(500)}`;
    expect(await read(`a,b\n${`${row}\n`.repeat(200)}`)).toEqual([
      ['a', 'b'],
      ...Array.from({ length: 200 }, () => ['ä'.repeat(1000), 'x'.repeat(500)]),
    ]);
  });
});
