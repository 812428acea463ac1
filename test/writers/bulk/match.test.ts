import { describe, expect, test } from 'vitest';
import { planFiles } from '../../../src/writers/bulk/csv-files.js';
import { matchByValues, ResultFile, SentRows } from '../../../src/writers/bulk/match.js';
import { planOf, pendingOf, type PlanOptions } from '../room.js';

const KINDS = ['failedResults', 'successfulResults', 'unprocessedrecords'] as const;

interface File {
  /** The header first. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * Gives result files to a job of these records. Returns for each record the file and row (`0.2`) that speak of it, by
 * key (`k`) or by values; and `-` where none does.
 */
function match(
  data: readonly (object | string)[],
  files: readonly File[],
  isComplete = true,
  options: PlanOptions = {},
) {
  const plan = planOf({ operation: 'insert', mode: 'bulk', ...options });
  const pending = pendingOf(plan, data);
  const [planned] = planFiles(pending, plan, 32_000);
  const sent = new SentRows({ pending, columns: planned!.columns }, plan);
  const found = pending.map(() => '-');
  const read = files.map(({ rows: [header = [], ...rows] }, number) => {
    const file = new ResultFile(KINDS[number]!, header, sent);
    for (const [i, row] of rows.entries()) {
      const known = new Set(file.matched.keys());
      file.take(row);
      for (const one of file.matched.keys()) if (!known.has(one)) found[one.record.ordinal] = `k${number}.${i}`;
    }
    return file;
  });
  const open = pending.filter(({ record }) => found[record.ordinal] === '-');
  const matched = matchByValues(open, read, planned!.columns, isComplete);
  for (const [{ record }, row] of matched) found[record.ordinal] = `${KINDS.indexOf(row.kind)}.${row.error}`;
  return found;
}

/** A failed row whose error names it. */
const failed = (header: string[], ...rows: string[][]): File => ({
  rows: [['sf__Id', 'sf__Error', ...header], ...rows.map((row, i) => ['', String(i), ...row])],
});

describe('by key', () => {
  const upsert = { operation: 'upsert', externalIdField: 'Number_Key__c' } as const;

  test('a number key that was written anew', () => {
    const data = ['{"Number_Key__c":912260031}', '{"Number_Key__c":"0.10"}', '{"Number_Key__c":12345678901234567}'];
    const rows = [['9.12260031E8'], ['0.1'], ['1.2345678901234568E16']];
    expect(match(data, [failed(['NUMBER_KEY__C'], ...rows)], true, upsert)).toEqual(['k0.0', 'k0.1', 'k0.2']);
  });

  test('a text key in another case, with blanks, in another column', () => {
    const data = [
      { Key__c: ' a-1 ', Name: 'x' },
      { Key__c: 'B', Name: 'y' },
    ];
    const file = failed(['Name', 'key__c'], ['y', 'b'], ['x', 'A-1']);
    expect(match(data, [file], true, { operation: 'upsert' })).toEqual(['k0.1', 'k0.0']);
  });

  test('an Id in its other form, or in sf__Id alone', () => {
    const data = [{ Id: '0015500001QdQWaAAN' }, { Id: '0035500001H9kZu' }];
    const update = { operation: 'update' } as const;
    expect(match(data, [failed(['Id'], ['0035500001H9kZuAAJ'], ['0015500001QdQWa'])], true, update)).toEqual([
      'k0.1',
      'k0.0',
    ]);
    const bare: File = {
      rows: [
        ['SF__ID', 'sf__Created'],
        ['0015500001QdQWaAAN', 'false'],
        ['0035500001H9kZuAAJ', 'false'],
      ],
    };
    expect(match(data, [bare], true, update)).toEqual(['k0.0', 'k0.1']);
  });

  test('an upsert by Id: rows with an Id by it, the others by their values', () => {
    const data = [{ Name: 'new' }, { Id: '0015500001QdQWaAAN', Name: 'old' }];
    const created: File = {
      rows: [
        ['sf__Id', 'sf__Created', 'Id', 'Name'],
        ['0015500001QdQWaAAN', 'false', '0015500001QdQWaAAN', 'old'],
        ['001900000000001AAA', 'true', '', 'new'],
      ],
    };
    expect(match(data, [created], true, { operation: 'upsert', externalIdField: 'Id' })).toEqual(['0.', 'k0.0']);
  });

  test('a key without describe, numbers by their value', () => {
    const data = ['{"Key__c":912260031}', '{"Key__c":"912260031.5"}'];
    const options = { operation: 'upsert', externalIdField: 'Key__c', policy: 'send' } as const;
    expect(match(data, [failed(['Key__c'], ['9.122600315E8'], ['9.12260031E8'])], true, options)).toEqual([
      'k0.1',
      'k0.0',
    ]);
  });
});

describe('by values', () => {
  test('rows that were shuffled, rendered anew and have their columns in another order', () => {
    const data = [
      '{"Name":"a","Amount__c":912260031,"Paid__c":true,"Due__c":"2026-01-31","Notes__c":null}',
      '{"Name":"b","Amount__c":0.10}',
      '{"Sent__c":"2026-01-31T23:00:00+01:00"}',
    ];
    const header = ['sent__c', 'NOTES__C', 'Due__c', 'Paid__c', 'Amount__c', 'Name'];
    const file = failed(
      header,
      ['2026-01-31T22:00:00.000Z', '', '', '', '', ''],
      ['', '', '', '', '0.1', 'b'],
      ['', '', '2026-01-31', 'true', '9.12260031E8', 'a'],
    );
    expect(match(data, [file])).toEqual(['0.2', '0.1', '0.0']);
  });

  test('equal records are interchangeable', () => {
    const data = [{ Name: 'a' }, { Name: 'b' }, { Name: 'a' }];
    expect(match(data, [failed(['Name'], ['a']), failed(['Name'], ['b'], ['a'])])).toEqual(['0.0', '1.0', '1.1']);
  });

  test('equal records in files of other columns', () => {
    const data = [
      { Name: 'a', Notes__c: '1' },
      { Name: 'a', Notes__c: '1' },
      { Name: 'a', Notes__c: '1' },
    ];
    const files = [failed(['Name'], ['a']), failed(['Name', 'Notes__c'], ['a', '1'], ['a', '1'])];
    expect(match(data, files).sort()).toEqual(['0.0', '1.0', '1.1']);
  });

  test('what differs by case alone is told apart first', () => {
    expect(match([{ Name: 'A' }, { Name: 'a' }], [failed(['Name'], ['a']), failed(['Name'], ['A'])])).toEqual([
      '1.0',
      '0.0',
    ]);
  });

  test('rounded numbers and checkboxes that were left alone', () => {
    const data = ['{"Name":"a","Amount__c":1.2345}', '{"Name":"b","Paid__c":true}'];
    const file = failed(['Name', 'Amount__c', 'Paid__c'], ['b', '', 'true'], ['a', '1.23', 'false']);
    expect(match(data, [file])).toEqual(['0.1', '0.0']);
  });

  test('rows that no record looks like match nothing while others may come', () => {
    expect(match([{ Name: 'a' }, { Name: 'b' }], [failed(['Name'], ['z'])], false)).toEqual(['-', '-']);
  });
});

describe('rows that are told by no value', () => {
  test('as many rows as records, all of one fate: which is which matters little', () => {
    expect(match([{ Name: 'a' }, { Name: 'b' }], [failed(['Name'], ['y'], ['z'])])).toEqual(['0.0', '0.1']);
  });

  test('fewer rows than records: nobody knows', () => {
    expect(match([{ Name: 'a' }, { Name: 'b' }], [failed(['Name'], ['y'])])).toEqual(['-', '-']);
  });

  test('two fates: a guess could take the failure for the success', () => {
    expect(match([{ Name: 'a' }, { Name: 'b' }], [failed(['Name'], ['y']), failed(['Name'], ['z'])])).toEqual([
      '-',
      '-',
    ]);
  });

  test('records that differ only in a column that did not come back', () => {
    const data = [
      { Name: 'a', Account: { K: '1' } },
      { Name: 'a', Account: { K: '2' } },
    ];
    expect(match(data, [failed(['Name'], ['a']), failed(['Name'], ['a'])])).toEqual(['-', '-']);
    expect(match(data, [failed(['Name'], ['a'])], false)).toEqual(['-', '-']);
    expect(match(data, [failed(['Name'], ['a'], ['a'])], false)).toEqual(['0.0', '0.1']);
  });

  test('rows without any column that was sent', () => {
    expect(match([{ Name: 'a' }, { Name: 'b' }], [failed([], []), failed([], [])])).toEqual(['-', '-']);
  });

  test('a column that came back as something else is left aside, if the others tell', () => {
    const data = [
      { Name: 'a', Notes__c: '<b>x</b>' },
      { Name: 'b', Notes__c: '<i>x</i>' },
      { Name: 'c', Notes__c: '<u>x</u>' },
    ];
    const files = [failed(['Name', 'Notes__c'], ['b', 'x']), failed(['Name', 'Notes__c'], ['c', 'x'], ['a', 'x'])];
    expect(match(data, files)).toEqual(['1.1', '0.0', '1.0']);
    expect(match(data, files, false)).toEqual(['-', '-', '-']);
  });
});
