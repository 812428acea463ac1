import { expect, test } from 'vitest';
import { guessSObject } from '../../../src/cli/init/guess-sobject.js';

test.each([
  ['accounts', 'Account'],
  ['crm.account.v1', 'Account'],
  ['prod_crm_Accounts-v2', 'Account'],
  ['web.leads', 'Lead'],
  ['sales.opportunities', 'Opportunity'],
  ['support.cases.events', 'Case'],
  ['OrderItems', 'OrderItem'],
  ['order_lines', 'OrderItem'],
  ['crm.companies', 'Account'],
  ['people', 'Contact'],
  ['shop.products', 'Product2'],
  ['Invoice__c', 'Invoice__c'],
  ['sf.Order_Event__e', 'Order_Event__e'],
  ['billing.invoices', 'Invoice__c'],
  ['addresses', 'Address__c'],
  ['sales-boxes', 'Box__c'],
  ['2024', 'Record2024__c'],
  ['日本', 'Record__c'],
  ['constructor', 'Constructor__c'],
  ['__proto__', 'Proto__c'],
  ['toString.hasOwnProperty', 'Property__c'],
])('%s → %s', (topic, expected) => {
  const { name } = guessSObject(topic, [], undefined);
  expect(name).toBe(expected);
  expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/);
});

test.each<[string[], string]>([
  [['LastName', 'Company', 'Email'], 'Lead'],
  [['lastname', 'Email'], 'Contact'],
  [['StageName', 'CloseDate'], 'Opportunity'],
  [['Subject', 'Origin'], 'Case'],
  [['Name'], 'Thing__c'],
])('fields %j of an unknown topic → %s', (fields, expected) => {
  expect(guessSObject('things', fields, undefined).name).toBe(expected);
});

test('what the records say counts most, if it is a name', () => {
  expect(guessSObject('accounts', [], 'Contact')).toEqual({
    name: 'Contact',
    why: 'from "attributes" in the records',
  });
  expect(guessSObject('accounts', [], 'no name\n').name).toBe('Account');
});
