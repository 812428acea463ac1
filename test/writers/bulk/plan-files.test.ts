import { expect, test } from 'vitest';
import { planFiles } from '../../../src/writers/bulk/csv-files.js';
import { planOf, pendingOf, type PlanOptions } from '../room.js';

/** For each file the places of its records, and its header. */
function plan(data: readonly object[], options: PlanOptions = {}, maxHeaderChars = 32_000): string[] {
  const of = planOf({ operation: 'insert', mode: 'bulk', ...options });
  return planFiles(pendingOf(of, data), of, maxHeaderChars).map(
    ({ pending, columns }) =>
      `${pending.map(({ record }) => record.ordinal).join('')}: ${columns.map(({ header }) => header).join()}`,
  );
}

test('records of any shape share one file', () => {
  expect(plan([{ Name: 'a' }, { Notes__c: 'b' }, { Name: 'c' }])).toEqual(['012: Name,Notes__c']);
});

test('planFiles: two ways to one field need two files; a record with neither joins the first', () => {
  const data = [
    { Name: 'a' },
    { AccountId: 'x' },
    { Account: { K: 'A' } },
    { AccountId: null },
    { Account: { L: 'B' } },
  ];
  expect(plan(data)).toEqual(['013: Name,AccountId', '2: Account.K', '4: Account.L']);
});

test('types of a polymorphic reference need files of their own', () => {
  const owner = (type: string) => ({ Owner: { attributes: { type }, Name: 'n' } });
  expect(plan([owner('User'), owner('Group'), owner('User')])).toEqual(['02: User:Owner.Name', '1: Group:Owner.Name']);
});

test('each combination of ways is a file', () => {
  const user = { Owner: { attributes: { type: 'User' }, Username: 'u' } };
  const data = [
    { AccountId: 'x', OwnerId: 'y' },
    { Account: { K: 'A' }, ...user },
    { AccountId: 'x', ...user },
  ];
  expect(plan(data)).toEqual([
    '0: AccountId,OwnerId',
    '1: Account.K,User:Owner.Username',
    '2: AccountId,User:Owner.Username',
  ]);
});

test('the key column is there though no record fills it', () => {
  expect(plan([{ Name: 'a' }], { operation: 'upsert', externalIdField: 'Id' })).toEqual(['0: Id,Name']);
  expect(plan([{ Name: 'a', Key__c: 'k' }], { operation: 'upsert' })).toEqual(['0: Key__c,Name']);
});

test('a delete holds the Id alone', () => {
  expect(plan([{ id: '001', Name: 'a' }], { operation: 'delete' })).toEqual(['0: Id']);
  expect(plan([{ id: '001', Name: 'a' }], { operation: 'delete', policy: 'send' })).toEqual(['0: Id']);
});

test('a header of at most so many characters', () => {
  const data = [{ Name: 'a' }, { Notes__c: 'b' }, { Name: 'c', Notes__c: 'd' }, { Count__c: 1 }];
  // "Name,Notes__c" and its line end are 14 characters.
  expect(plan(data, {}, 14)).toEqual(['012: Name,Notes__c', '3: Count__c']);
  expect(plan(data, {}, 13)).toEqual(['0: Name', '1: Notes__c', '2: Name,Notes__c', '3: Count__c']);
});

test('the key counts in the header', () => {
  const data = [
    { Key__c: 'k', Name: 'a' },
    { Key__c: 'l', Count__c: 1 },
  ];
  // "Key__c,Name,Count__c" and its line end are 21 characters.
  expect(plan(data, { operation: 'upsert' }, 21)).toEqual(['01: Key__c,Name,Count__c']);
  expect(plan(data, { operation: 'upsert' }, 20)).toEqual(['0: Key__c,Name', '1: Key__c,Count__c']);
});

test('columns that are left out of a record are not planned', () => {
  const of = planOf({ operation: 'insert', mode: 'bulk' });
  const pending = pendingOf(of, [{ Name: 'a', Notes__c: 'b', Count__c: 1 }]);
  const [name, notes] = pending[0]!.record.fields.columns;
  pending[0]!.record.refusedColumns = new Set([name!, notes!]);
  expect(planFiles(pending, of, 32_000)[0]?.columns.map(({ header }) => header)).toEqual(['Count__c']);
});
