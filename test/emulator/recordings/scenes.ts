import type { Answer, Client } from '../../helpers/emulator-client.js';
import { BULK_SCENES } from './bulk-scenes.js';
import { account, collection, contact, field, made, one, text, type Scene } from './scene.js';
import type { EmulatorOptions } from '../../../src/emulator/index.js';

const SAMPLES = [
  ...['Edge Communications', 'Burlington Textiles Corp of America', 'Pyramid Construction Inc.', 'Dickenson plc'],
  'Grand Hotels & Resorts Ltd',
];

async function pages(client: Client): Promise<readonly [Answer, Answer]> {
  for (const Name of SAMPLES.slice(0, 4)) await made(client, 'Account', { Name });
  const first = await client.get('query?q=SELECT+Id,Name+FROM+Account');
  return [first, await client.get((first.json as { nextRecordsUrl: string }).nextRecordsUrl)];
}

const token = (form: Record<string, string>): Scene['play'] =>
  one('POST', '/services/oauth2/token', new URLSearchParams(form).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
  });
const credentials = { grant_type: 'client_credentials', client_id: 'app', client_secret: 'secret' };
const refused = (code: string, message: string): Scene => ({
  options: { faults: [`400:on=token:code=${code}:message=${message}`] },
  play: token(credentials),
});
const wrong = (type: string, id: string, options?: EmulatorOptions): Scene => ({
  ...(options && { options }),
  play: one('PATCH', `sobjects/${type}/${id}`, {}),
});

/** By the file of the recording. */
export const SCENES: Readonly<Record<string, Scene>> = {
  ...BULK_SCENES,
  'auth-header-401.json': { play: one('GET', 'limits', undefined, { authorization: 'Basic x' }) },
  'session-expired-401.json': { play: one('GET', 'limits', undefined, { authorization: 'Bearer x' }) },
  'limit-total-403.json': { options: { apiLimit: 0 }, play: one('GET', 'limits') },
  'limit-concurrent-403.json': { options: { limits: { concurrentRequests: 0 } }, play: one('GET', 'limits') },
  'error-notfound.xml': { play: one('GET', 'nope', undefined, { accept: 'application/xml' }) },
  'whole-json-parser-error-400.json': { play: one('POST', 'composite/sobjects', '{"records":[{"Name":"x",}]}') },
  'describe-404.json': { play: one('GET', 'sobjects/Foo/describe') },
  'soql-unknown-object.json': { play: one('GET', 'query?q=SELECT+Id,Name,BillingCity,IsDeleted+FROM+Accout') },

  ...Object.fromEntries(
    ['token-password-2015.json', 'token-password-2016.json'].map((file): [string, Scene] => [
      file,
      { options: { clientId: 'app', clientSecret: 'secret' }, play: token(credentials) },
    ]),
  ),
  'token-error-no-run-as.json': {
    options: { clientId: 'app', clientSecret: 'secret' },
    play: (client) => {
      client.emulator.revokeClient();
      return token(credentials)(client);
    },
  },
  'token-error-refresh-expired.json': {
    options: { clientId: 'app' },
    play: token({ grant_type: 'refresh_token', client_id: 'app', refresh_token: 'old' }),
  },
  'token-error-app-not-found.json': refused('app_not_found', 'External client app is not installed in this org'),
  'token-error-invalid-password.json': refused('invalid_grant', 'authentication failure - Invalid Password'),
  'token-error-not-approved.json': refused('invalid_grant', "user hasn't approved this consumer"),
  'token-error-wrong-domain.json': refused('invalid_grant', 'request not supported on this domain'),

  'row-create-201-2015.json': { play: one('POST', 'sobjects/Contact', { LastName: 'x' }) },
  'row-upsert-201-2015.json': {
    options: {
      describes: field('CustomObject__c.SynchronizationId__c', 'SynchronizationID', { externalId: true }) ?? [],
    },
    play: one('PATCH', '/services/data/v33.0/sobjects/CustomObject__c/SynchronizationId__c/CustomObject::1', {}),
  },
  'query-5.json': {
    play: async (client) => {
      for (const Name of SAMPLES) await made(client, 'Account', { Name });
      return client.get('query?q=SELECT+Id,Name+FROM+Account+LIMIT+5');
    },
  },
  'query-page-1.json': { options: { limits: { queryRecords: 2 } }, play: async (client) => (await pages(client))[0] },
  'query-page-2.json': { options: { limits: { queryRecords: 2 } }, play: async (client) => (await pages(client))[1] },
  'row-300-multiple.json': {
    play: async (client) => {
      for (let n = 0; n < 2; n++) await made(client, 'Contact', { LastName: 'x', Email: 'a@example.com' });
      return client.call('PATCH', 'sobjects/Contact/Email/a%40example.com', '{"Title":"x"}');
    },
  },
  'row-404-external-id-field.json': { play: one('PATCH', 'sobjects/Account/Namez/x', {}) },
  ...Object.fromEntries(
    ['row-delete-404-entity-is-deleted.json', 'row-delete-entity-is-deleted.json'].map((file): [string, Scene] => [
      file,
      {
        play: async (client) => {
          const path = `sobjects/Account/${await made(client, 'Account', { Name: 'x' })}`;
          await client.call('DELETE', path);
          return client.call('DELETE', path);
        },
      },
    ]),
  ),
  'row-duplicates-detected-v54.json': {
    options: {
      faults: [
        "record-error:code=DUPLICATES_DETECTED:message=You're creating a duplicate record. We recommend you use an existing record instead.",
      ],
    },
    play: one('POST', '/services/data/v54.0/sobjects/Contact', { LastName: 'x' }),
  },
  'row-duplicates-detected-v56-pt.json': {
    options: { faults: ['record-error:code=DUPLICATES_DETECTED:message=Usar um desses registros?'] },
    play: one('POST', '/services/data/v56.0/sobjects/Account', { Name: 'x' }),
  },
  'row-invalid-field-for-insert-update.json': {
    play: one('POST', 'sobjects/Account', { Name: 'x', MasterRecordId: null }),
  },
  'row-json-parser-date-object.json': { play: one('POST', 'sobjects/Account', { Since__c: {} }) },
  'row-json-parser-datetime.json': {
    play: one('POST', 'sobjects/Account', { Last_Order__c: '2024-07-30 20:54:16 UTC' }),
  },
  'row-malformed-id-account-id.json': wrong('Account', '24'),
  'row-malformed-id-account-id-18.json': wrong('Account', '001900K0001pPuOAAU'),
  'row-malformed-id-contact-id.json': wrong('Contact', 'sfdcid_abc'),
  'row-malformed-id-shipment-id.json': wrong('Shipment', '0OBVF0000002JmX4AU-error', {
    describes: field('Shipment.Id', 'Shipment ID', { type: 'id' }) ?? [],
  }),
  'row-malformed-id-success-false.json': wrong('Account', '001RM000003oLrB000'),
  'row-malformed-id-what-id.json': { play: one('POST', 'sobjects/Task', { WhatId: '006B000002nBrQ' }) },
  'row-picklist-payment-method.json': {
    options: {
      describes: field('Payment.PaymentMethod', 'Payment Method', { type: 'picklist', restrictedPicklist: true }) ?? [],
    },
    play: one('POST', 'sobjects/Payment', { PaymentMethod: 'Bank Transfer' }),
  },
  'row-restricted-picklist.json': {
    options: { sobjects: { Contact: { fields: { Race__c: { type: 'picklist', restrictedPicklist: true } } } } },
    play: one('POST', 'sobjects/Contact', { LastName: 'x', Race__c: 'Native American / Alaskan Native' }),
  },
  'row-string-too-long.json': {
    options: { describes: field('PushTopic.Name', 'Topic Name', { length: 25 }) ?? [] },
    play: one('POST', 'sobjects/PushTopic', { Name: 'NOWELLPOINT_OPPORTUNITY_PUSH_TOPIC' }),
  },
  'row-unknown-field.json': { play: one('POST', 'sobjects/Account', { AccountNumer: 'x' }) },
  'event-publish-201.json': { play: one('POST', 'sobjects/Order_Event__e', { Order_Number__c: '1' }) },

  'collections-insert-empty-400.json': { play: collection('POST', []) },
  'collections-insert-allornone-partial.json': {
    play: collection('POST', [contact({ FirstName: 'x' }), contact({ LastName: 'x' })], { allOrNone: true }),
  },
  'collections-update-no-ids.json': { play: collection('PATCH', [contact({}), contact({})]) },
  'collections-update-allornone-unknown-field.json': {
    play: async (client) => {
      const Id = await made(client, 'Contact', { LastName: 'x' });
      const Other = await made(client, 'Contact', { LastName: 'x' });
      const records = [contact({ Id, LastName: 'y' }), contact({ Id: Other, unknownField_LastName: 'y' })];
      return collection('PATCH', records, { allOrNone: true })(client);
    },
  },
  'collections-bad-date-per-record.json': { play: collection('POST', [account({ Name: 'x', Since__c: '' })]) },
  'collections-bad-type-partial.json': {
    play: collection('POST', [account({ Name: 'x' }), { attributes: { type: 'badType' } }, { Name: 'x' }]),
  },
  'collections-insert-bad-field-partial.json': {
    play: collection('POST', [account({ Name: 'x', BadField: 1 }), account({ Name: 'x' })]),
  },
  'collections-insert-bad-field-rolled-back.json': {
    play: collection('POST', [account({ Name: 'x', BadField: 1 }), account({ Name: 'x' })], { allOrNone: true }),
  },
  'collections-duplicates-detected-rolled-back.json': {
    options: { faults: ['record-error:key=x:code=DUPLICATES_DETECTED'] },
    play: collection('POST', [account({ Name: 'x' }), account({ Name: 'y' })], { allOrNone: true }),
  },
  'collections-upsert-rolled-back-created-true.json': {
    play: collection('PATCH', [account({ Id: null, Name: 'x' }), account({ Name: 'x', OwnerId: 'INVALID_OWNER' })], {
      path: '/Account/Id',
      allOrNone: true,
    }),
  },
  'bulk1-result-string-too-long.json': {
    options: { sobjects: { Contact: { fields: { License_Ids__c: text(255) } } } },
    play: collection('POST', [contact({ LastName: 'x', License_Ids__c: '2372824, '.repeat(40).trim() })]),
  },

  'composite-404-unknown-sobject.json': {
    play: one('POST', 'composite', {
      compositeRequest: [{ referenceId: 'CCI__RefId__0__', method: 'GET', url: '/services/data/v62.0/sobjects/Foo' }],
    }),
  },
  'composite-304-describe.json': {
    play: one('POST', 'composite', {
      compositeRequest: [0, 1, 2].map((n) => ({
        referenceId: `CCI__RefId__${n}__`,
        method: 'GET',
        url: '/services/data/v62.0/sobjects',
        httpHeaders: { 'If-Modified-Since': 'Tue, 01 Dec 2026 00:00:00 GMT' },
      })),
    }),
  },
};
