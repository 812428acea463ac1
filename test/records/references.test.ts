import { describe, expect, test } from 'vitest';
import type { SObjectDescribe } from '../../src/core/describe.js';
import { byHeader, field, order, planOf, takeAll, type PlanOptions } from '../writers/room.js';

const account: SObjectDescribe = {
  ...order,
  name: 'Account',
  fields: [
    field('Id', 'id', { idLookup: true }),
    field('Name'),
    field('Email__c', 'email', { idLookup: true }),
    field('External_Id__c', 'string', { externalId: true }),
  ],
};
const recordType = field('RecordTypeId', 'reference', { relationshipName: 'RecordType', referenceTo: ['RecordType'] });
const typed: SObjectDescribe = {
  ...order,
  fields: [...order.fields, recordType],
  recordTypes: [
    { recordTypeId: '012000000000001AAA', developerName: 'Partner', name: 'Business partner' },
    { recordTypeId: '012000000000002AAA', developerName: 'PersonAccount', name: 'Person Account' },
    { recordTypeId: '012000000000003AAA', developerName: 'PersonAccount', name: 'PersonAccount' },
  ],
};

/** What is sent of a record by its header, or why it is not. */
function shape(data: object, options: PlanOptions = {}): unknown {
  const [taken] = takeAll(planOf({ operation: 'insert', parents: [account], ...options }), [data]);
  if (taken?.kind === 'record') return byHeader(taken.record.fields);
  return taken?.kind === 'rejected' ? `${taken.error.code}: ${taken.error.message}` : taken;
}

const KEYS = '(fields that identify one: Id, Email__c, External_Id__c)';

describe.each(['realtime', 'bulk'] as const)('a reference in %s', (mode) => {
  test.each<[string, object, object]>([
    ['goes by its flat name, too', { 'account.external_id__C': 'A' }, { 'Account.External_Id__c': 'A' }],
    ['may go by a field for lookups', { Account: { email__c: 'a@b.c' } }, { 'Account.Email__c': 'a@b.c' }],
    ['may go by the Id', { Account: { ID: '001' } }, { 'Account.Id': '001' }],
    [
      'is one, however often it is given',
      { 'Account.External_Id__c': 'A', Account: { External_Id__c: 'B' } },
      { 'Account.External_Id__c': 'B' },
    ],
    ['is cleared by null under its flat name', { 'Account.External_Id__c': null }, { AccountId: null }],
    ['is cleared by empty text', { 'Account.External_Id__c': '' }, { AccountId: null }],
    ['is cleared though it is polymorphic', { 'Owner.Username': '', Name: 'x' }, { OwnerId: null, Name: 'x' }],
    ['takes nothing away when it is empty', { AccountId: '001', 'Account.External_Id__c': null }, { AccountId: '001' }],
    ['has its type, where that is needed', { 'user:owner.Username': 'u' }, { 'User:Owner.Username': 'u' }],
    ['has none, where it is not', { 'Account:Account.External_Id__c': 'A' }, { 'Account.External_Id__c': 'A' }],
    [
      'of an sObject that no mapping speaks of is left to the org',
      { 'Group:Owner.Any__c': 'g' },
      { 'Group:Owner.Any__c': 'g' },
    ],
    ['by a number is its text', { 'Account.External_Id__c': 7 }, { 'Account.External_Id__c': '7' }],
    ['under a name with more dots is none', { Name: 'x', 'a.b.c': 1, 'Account.a.b': 2 }, { Name: 'x' }],
    ['under a name unlike any relationship is none', { Name: 'x', 'meta.source': 1 }, { Name: 'x' }],
    ['by a misspelt relationship is nothing when it is empty', { Name: 'x', 'Acount.K': null }, { Name: 'x' }],
  ])('%s', (_name, data, sent) => {
    expect(shape(data, { mode })).toEqual(sent);
  });

  test.each<[string, object, string]>([
    [
      'by a field that identifies nothing',
      { Account: { name: 'Fern' } },
      `Account holds a reference by Name, which identifies no Account ${KEYS}`,
    ],
    [
      'the same by its flat name',
      { 'Account.Name': 'Fern' },
      `Account holds a reference by Name, which identifies no Account ${KEYS}`,
    ],
    [
      'by a field that is not there',
      { Account: { Externl_Id__c: 'A' } },
      `Account holds a reference by Externl_Id__c, which Account does not have ${KEYS}`,
    ],
    [
      'by a name with a blank',
      { Account: { 'External_Id__c ': 'A' } },
      `Account holds a reference by "External_Id__c ", which Account does not have ${KEYS}`,
    ],
    [
      'by a name with a mark',
      { 'Account.External_Id__c\u200b': 'A' },
      `Account holds a reference by External_Id__c<U+200B>, which Account does not have ${KEYS}`,
    ],
    [
      'by a relationship that is not there',
      { 'Acount.External_Id__c': 'A' },
      'Acount.External_Id__c holds a reference by a relationship that Order__c does not have; Account is one',
    ],
    [
      'by a relationship unlike any',
      { 'Region__r.Code__c': 'A' },
      'Region__r.Code__c holds a reference by a relationship that Order__c does not have',
    ],
    ['by a blank value', { Account: { External_Id__c: ' ' } }, 'Account holds a reference by a blank value'],
    [
      'by the field of a custom sObject',
      { 'Foo.Code__c': 'A' },
      'Foo.Code__c holds a reference by a relationship that Order__c does not have',
    ],
    [
      'to an sObject it does not lead to',
      { 'Lead:Account.Email__c': 'A' },
      'Account holds a reference to Lead, where it leads to Account',
    ],
    [
      'without its type',
      { 'Owner.Username': 'u' },
      'Owner holds a reference that may lead to several sObjects, and needs its type: "attributes":{"type":"…"} beside the external id, or in the flat name, as in Group:Owner.External_Id__c',
    ],
    [
      'by an object under a flat name',
      { Name: 'x', 'Account.External_Id__c': { a: 1 } },
      'Account holds an object that is no reference: {"Relationship":{"External_Id__c":"…"}} with one field is',
    ],
    [
      'that is not the only way to its lookup',
      { AccountId: '001', 'Account.External_Id__c': 'A' },
      'AccountId holds a second value, as AccountId and as Account.External_Id__c',
    ],
  ])('fails %s', (_name, data, message) => {
    expect(shape(data, { mode })).toBe(`UNSUPPORTED_VALUE: ${message}`);
    expect(shape(data, { mode, policy: 'fail' })).toBe(`UNSUPPORTED_VALUE: ${message}`);
  });

  test('through a relationship that cannot be written is left out', () => {
    expect(shape({ Name: 'x', 'CreatedBy.Username': 'u' }, { mode })).toEqual({ Name: 'x' });
  });

  test('without describe goes as it is written, by one way', () => {
    const send = { policy: 'send', mode } as const;
    expect(shape({ 'Account.K': 'A', 'Lead:Who.Email': 'e' }, send)).toEqual({
      'Account.K': 'A',
      'Lead:Who.Email': 'e',
    });
    expect(shape({ AccountId: null, 'Account.K': 'A' }, send)).toEqual({ 'Account.K': 'A' });
    expect(shape({ AccountId: '001', Account: { K: 'A' } }, send)).toBe(
      'UNSUPPORTED_VALUE: AccountId holds a second value, as AccountId and as Account.K',
    );
  });
});

describe('a record type', () => {
  const of = (value: unknown): unknown => shape({ Name: 'x', ...(value as object) }, { describe: typed });

  test.each<[string, object, string | null]>([
    ['by its developer name', { RecordType: { DeveloperName: 'Partner' } }, '012000000000001AAA'],
    ['by its label', { RecordType: { name: 'business Partner' } }, '012000000000001AAA'],
    ['by its flat name', { 'RecordType.DeveloperName': ' partner' }, '012000000000001AAA'],
    ['by the label that is its own', { 'RecordType.Name': 'PersonAccount' }, '012000000000003AAA'],
    ['is cleared by null', { RecordType: { DeveloperName: null } }, null],
    ['beside an empty Id', { RecordTypeId: null, 'RecordType.Name': 'Person Account' }, '012000000000002AAA'],
  ])('%s', (_name, data, id) => {
    expect(of(data)).toEqual({ Name: 'x', RecordTypeId: id });
  });

  test.each<[string, object, string]>([
    [
      'that is not there',
      { RecordType: { DeveloperName: 'Reseller' } },
      'a record type that is not there: Reseller (Order__c has these: Partner, PersonAccount, PersonAccount)',
    ],
    [
      'whose name is not its own',
      { RecordType: { DeveloperName: 'PersonAccount' } },
      'the name of 2 record types: PersonAccount (Order__c has these: Partner, PersonAccount, PersonAccount)',
    ],
    ['by another field', { RecordType: { Code: 'x' } }, 'a record type by Code, where DeveloperName or Name is needed'],
    [
      'by nothing',
      { RecordType: 'Partner' },
      'a plain value, which does not say by which field the parent is known: {"Relationship":{"External_Id__c":"…"}} does',
    ],
  ])('fails %s', (_name, data, message) => {
    expect(of(data)).toBe(`UNSUPPORTED_VALUE: RecordType holds ${message}`);
  });

  test('of an sObject that has none fails', () => {
    const describe = { ...typed, recordTypes: [] };
    expect(shape({ 'RecordType.Name': 'A' }, { describe })).toContain('(Order__c has no record types)');
  });
});
