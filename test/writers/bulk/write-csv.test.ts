import { describe, expect, test } from 'vitest';
import { planFiles, writeCsv, type CsvFile } from '../../../src/writers/bulk/csv-files.js';
import { planOf, pendingOf } from '../room.js';

function write(data: readonly (object | string)[], maxBytes = 1_000_000): CsvFile[] {
  const plan = planOf({ operation: 'insert', mode: 'bulk' });
  const files = planFiles(pendingOf(plan, data), plan, 32_000);
  return files.flatMap(({ pending, columns }) => [...writeCsv(pending, columns, maxBytes)]);
}

function textOf(file: CsvFile | undefined): string {
  return Buffer.concat(file?.pieces ?? []).toString('utf8');
}

describe('a file', () => {
  test.each<[string, (object | string)[], string]>([
    [
      'columns are the union of all',
      [{ Name: 'a' }, { Notes__c: 'b' }, { Name: 'c', Notes__c: 'd' }],
      'Name,Notes__c\na,\n,b\nc,d\n',
    ],
    ['null is #N/A, absent is empty', [{ Name: 'a', Notes__c: null }, { Name: '' }], 'Name,Notes__c\na,#N/A\n#N/A,\n'],
    [
      'booleans and digits as written',
      ['{"Paid__c":true,"Amount__c":0.10,"Count__c":7}', '{"Paid__c":null}'],
      'Paid__c,Amount__c,Count__c\ntrue,0.10,7\nfalse,,\n',
    ],
    ['delimiters and quotes are quoted', [{ Name: 'a,b', Notes__c: 'say "x"' }], 'Name,Notes__c\n"a,b","say ""x"""\n'],
    ['line breaks inside become LF', [{ Name: 'a\r\nb', Notes__c: 'c\rd\ne' }], 'Name,Notes__c\n"a\nb","c\nd\ne"\n'],
    ['outer blanks stay', [{ Name: ' a ', Notes__c: '\tb' }], 'Name,Notes__c\n a ,\tb\n'],
    [
      'references have columns of their own',
      [{ Account: { K: 'A' }, Owner: { attributes: { type: 'User' }, Username: 'u' } }],
      'Account.K,User:Owner.Username\nA,u\n',
    ],
  ])('%s', (_name, data, expected) => {
    const [file, ...rest] = write(data);
    expect(textOf(file)).toBe(expected);
    expect(file?.bytes).toBe(Buffer.byteLength(expected));
    expect(rest).toEqual([]);
  });
});

describe('cutting by bytes', () => {
  // A header of 5 bytes and rows of 4.
  const rows = ['aaa', 'bbb', 'ccc', 'ddd', 'eee'].map((Name) => ({ Name }));

  test.each([
    [25, [5]],
    [24, [3, 2]],
    [13, [2, 1, 2]],
    [12, [1, 1, 1, 1, 1]],
    [9, [1, 1, 1, 1, 1]],
    [1, [1, 1, 1, 1, 1]],
  ])('at most %i bytes', (maxBytes, counts) => {
    const files = write(rows, maxBytes);
    expect(files.map(({ pending }) => pending.length)).toEqual(counts);
    for (const file of files) {
      expect(file.bytes).toBe(Buffer.byteLength(textOf(file)));
      if (file.pending.length > 1) expect(file.bytes).toBeLessThanOrEqual(maxBytes);
      expect(textOf(file).startsWith('Name\n')).toBe(true);
    }
    const written = files.flatMap((file) => textOf(file).trimEnd().split('\n').slice(1));
    expect(written).toEqual(rows.map(({ Name }) => Name));
  });

  test('bytes are counted, not characters', () => {
    expect(write([{ Name: 'ééé' }, { Name: 'ééé' }], 18).map(({ pending }) => pending.length)).toEqual([1, 1]);
  });

  test('thousands of rows keep their order, and each file its limit', () => {
    const many = Array.from({ length: 3_500 }, (_, i) => ({ Name: `n${i}` }));
    const files = write(many, 10_000);
    expect(files.length).toBeGreaterThan(2);
    expect(files.every(({ bytes }) => bytes <= 10_000)).toBe(true);
    expect(files.flatMap((file) => textOf(file).trimEnd().split('\n').slice(1))).toEqual(many.map(({ Name }) => Name));
    expect(files.flatMap(({ pending }) => pending.map(({ record }) => record.ordinal))).toEqual(many.map((_, i) => i));
  });
});
