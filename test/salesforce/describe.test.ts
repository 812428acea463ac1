import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeSObject } from '../../src/salesforce/describe.js';
import { makeClient, requestError, startOrg } from './test-org.js';

const accountId = {
  name: 'AccountId',
  label: 'Account ID',
  type: 'reference',
  length: 18,
  precision: 0,
  scale: 0,
  digits: 0,
  createable: true,
  updateable: true,
  nillable: true,
  defaultedOnCreate: false,
  calculated: false,
  autoNumber: false,
  externalId: false,
  idLookup: false,
  unique: false,
  caseSensitive: false,
  relationshipName: 'Account',
  referenceTo: ['Account'],
  polymorphicForeignKey: false,
  restrictedPicklist: false,
  picklistValues: [{ active: true, defaultValue: false, label: 'One', validFor: null, value: '1' }, { value: null }],
  htmlFormatted: false,
  compoundFieldName: null,
};
const contact = {
  name: 'Contact',
  label: 'Contact',
  custom: false,
  createable: true,
  updateable: true,
  deletable: false,
  keyPrefix: '003',
  fields: [accountId, { name: 'Odd__c', type: 'newtype' }],
};

const partner = { recordTypeId: '012000000000001AAA', developerName: 'Partner', name: 'Business partner' };

describe('describeSObject', () => {
  it('reads what a loader needs', async () => {
    const org = await startOrg(({ reply }) =>
      reply.raw(
        200,
        gzipSync(JSON.stringify({ ...contact, recordTypeInfos: [{ ...partner, active: true }, { name: 'Odd' }] })),
        { 'content-encoding': 'gzip' },
      ),
    );
    const described = await describeSObject(makeClient(org.url).client, 'contact');
    expect(org.seen[0]?.url).toBe('/services/data/v65.0/sobjects/contact/describe');
    expect(described).toEqual({
      ...contact,
      recordTypes: [partner],
      fields: [
        { ...accountId, compoundFieldName: undefined, picklistValues: [{ value: '1', active: true }] },
        expect.objectContaining({
          name: 'Odd__c',
          type: 'newtype',
          createable: false,
          length: 0,
          referenceTo: [],
          relationshipName: undefined,
        }),
      ],
    });
  });

  it.each([
    [404, 'NOT_FOUND'],
    [400, 'INVALID_TYPE'],
  ])('finds nothing on %i %s', async (status, errorCode) => {
    const org = await startOrg(({ reply }) =>
      reply.json(status, [{ errorCode, message: 'The requested resource does not exist' }]),
    );
    expect(await describeSObject(makeClient(org.url).client, 'Nope__c')).toBeUndefined();
  });

  it('does not take the 404 of a web site for an unknown sObject', async () => {
    const org = await startOrg(({ reply }) => reply.raw(404, '<html>'));
    expect(await requestError(describeSObject(makeClient(org.url).client, 'Account'))).toMatchObject({ status: 404 });
  });

  it.each([{}, [], { name: 'A' }, { name: 'A', fields: [{ name: 'B' }] }, null])(
    'does not believe %j',
    async (document) => {
      const org = await startOrg(({ reply }) => reply.json(200, document));
      expect(await requestError(describeSObject(makeClient(org.url).client, 'Account'))).toMatchObject({
        code: 'UNUSABLE_REPLY',
      });
    },
  );
});
