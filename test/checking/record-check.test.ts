import { expect, test } from 'vitest';
import { RecordCheck, type Finding } from '../../src/checking/record-check.js';
import type { SObjectDescribe } from '../../src/core/describe.js';
import type { Describes } from '../../src/records/references.js';
import { field, order, planOf, recordsOf, type PlanOptions } from '../writers/room.js';

const account: SObjectDescribe = { ...order, name: 'Account', keyPrefix: '001', fields: [] };
const needy: SObjectDescribe = {
  ...order,
  fields: [
    ...order.fields,
    field('Total__c', 'currency', { nillable: false }),
    field('Stage__c', 'string', { nillable: false }),
    field('Status__c', 'string', { nillable: false, defaultedOnCreate: true }),
  ],
};
const whole = { Key__c: 'a', Total__c: 1, Stage__c: 'New' };

function findings(data: object, options: PlanOptions = {}, others: readonly SObjectDescribe[] = [account]): Finding[] {
  const plan = planOf(options);
  const described = options.describe ?? order;
  const describes: Describes = new Map([
    ['order__c', described],
    ...others.map((one) => [one.name.toLowerCase(), one] as const),
  ]);
  const [record] = recordsOf(plan, [data]);
  return [...new RecordCheck(plan, describes).findingsOf(record!)];
}

test('every field that is wrong is told', () => {
  expect(findings({ Key__c: 'a', Amount__c: 'x', Due__c: 'y', Name: 'z' })).toMatchObject([
    { field: 'Amount__c', code: 'JSON_PARSER_ERROR' },
    { field: 'Due__c', code: 'JSON_PARSER_ERROR' },
  ]);
});

test('without describe nothing is told', () => {
  const plan = planOf({ policy: 'send' });
  const [record] = recordsOf(plan, [{ Key__c: 'a', Amount__c: 'x' }]);
  expect(new RecordCheck(plan, new Map()).findingsOf(record!)).toEqual([]);
});

test.each<[string, PlanOptions, object, string | undefined]>([
  ['an insert', { operation: 'insert' }, { Name: 'x' }, '[Total__c, Stage__c]'],
  [
    'an insert in bulk with blanks',
    { operation: 'insert', mode: 'bulk' },
    { Total__c: 1, Stage__c: ' ' },
    '[Stage__c]',
  ],
  ['an upsert', {}, { Key__c: 'a', Stage__c: 'New' }, '[Total__c], if the record is new'],
  ['an upsert by Id without an Id', { externalIdField: 'Id' }, { Stage__c: 'New' }, '[Total__c]'],
  ['an upsert by Id', { externalIdField: 'Id' }, { Id: 'a00000000000001', Stage__c: 'New' }, undefined],
  ['an update', { operation: 'update' }, { Id: 'a00000000000001' }, undefined],
  ['what has it all', {}, whole, undefined],
])('%s may fail for want of fields', (_name, options, data, missing) => {
  const expected =
    missing === undefined
      ? []
      : [{ code: 'REQUIRED_FIELD_MISSING', message: `Required fields are missing: ${missing}`, certainty: 'may_fail' }];
  expect(findings(data, { describe: needy, ...options })).toMatchObject(expected);
});

test('a field that is cleared is told once', () => {
  expect(findings({ ...whole, Stage__c: null }, { describe: needy })).toMatchObject([
    { code: 'REQUIRED_FIELD_MISSING', field: 'Stage__c', certainty: 'may_fail' },
  ]);
});

test.each<[string, PlanOptions, object, object[]]>([
  ['of another sObject', {}, { AccountId: '003000000000000' }, [{ field: 'AccountId', certainty: 'would_fail' }]],
  ['of the right one', {}, { AccountId: '001000000000000' }, []],
  ['that may lead to what was not described', {}, { OwnerId: '00G000000000000' }, []],
  ['that is none', {}, { OwnerId: 'me' }, [{ field: 'OwnerId', certainty: 'would_fail' }]],
  ['to update', { operation: 'update' }, { Id: '001000000000000' }, [{ field: 'Id', certainty: 'would_fail' }]],
  ['with blanks in bulk', { operation: 'update', mode: 'bulk' }, { Id: ' a00000000000000 ' }, []],
])('an Id %s', (_name, options, data, expected) => {
  const found = findings({ Key__c: 'a', ...data }, options);
  expect(found).toMatchObject(expected.map((one) => ({ code: 'MALFORMED_ID', ...one })));
  expect(found).toHaveLength(expected.length);
});

test('a reference by external id is the org’s to look up', () => {
  expect(findings({ Key__c: 'a', Account: { External_Id__c: 'not an Id' } })).toEqual([]);
});

test('a field that is written on creation or update only may fail a record that must not lose it', () => {
  const data = { Key__c: 'a', Once__c: 'x', Late__c: 'y' };
  expect(findings(data, { policy: 'fail' })).toMatchObject([
    { code: 'INVALID_FIELD_FOR_INSERT_UPDATE', message: 'Once__c cannot be written when a record is updated' },
    { code: 'INVALID_FIELD_FOR_INSERT_UPDATE', message: 'Late__c cannot be written when a record is created' },
  ]);
  expect(findings(data)).toEqual([]);
});
