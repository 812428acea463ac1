import { describe, expect, it } from 'vitest';
import { parseMapFlag } from '../../src/config/layers.js';

describe('parseMapFlag', () => {
  it.each([
    ['accounts=Account', { topic: 'accounts', sobject: 'Account' }],
    [
      'accounts=Account:upsert:External_Id__c:bulk',
      { topic: 'accounts', sobject: 'Account', operation: 'upsert', external_id_field: 'External_Id__c', mode: 'bulk' },
    ],
    ['leads=Lead:insert::bulk', { topic: 'leads', sobject: 'Lead', operation: 'insert', mode: 'bulk' }],
    ['a.b_c-1=Ns__Thing__c::Key__c', { topic: 'a.b_c-1', sobject: 'Ns__Thing__c', external_id_field: 'Key__c' }],
    [' a = Account : insert ', { topic: 'a', sobject: 'Account', operation: 'insert' }],
  ])('reads %s', (typed, mapping) => {
    expect(parseMapFlag(typed)).toEqual(mapping);
  });

  it.each([
    ['accounts', 'found no "=" between the topic and the sObject'],
    ['accounts:Account', 'found no "=" between the topic and the sObject'],
    ['=Account', 'found no topic before the "="'],
    ['accounts=', 'found no sObject after the "="'],
    ['accounts=:upsert', 'found no sObject after the "="'],
    ['a=Account:upsert:X__c:bulk:true', 'found 5 parts after the "=", at most 4 are known'],
  ])('refuses %s', (typed, found) => {
    expect(parseMapFlag(typed)).toEqual({
      path: `--map ${typed}`,
      message: `expected TOPIC=SOBJECT[:OPERATION[:EXTERNAL_ID_FIELD[:MODE]]]; ${found}`,
      origin: '--map',
    });
  });
});
