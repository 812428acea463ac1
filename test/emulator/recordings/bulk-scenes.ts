import type { EmulatorOptions } from '../../../src/emulator/index.js';
import type { Answer, Client, JobDocument } from '../../helpers/emulator-client.js';
import { field, made, one, text, type Scene } from './scene.js';

const OPPORTUNITY_KEY: EmulatorOptions = {
  sobjects: { Opportunity: { fields: { external_id__c: { ...text(40), externalId: true, unique: true } } } },
};
const UPSERT = { object: 'Opportunity', operation: 'upsert', externalIdFieldName: 'external_id__c' };
const UPDATE = { object: 'Account', operation: 'update' };
const INSERT = { object: 'Account', operation: 'insert' };
type Job = Readonly<Record<string, string>>;

async function opened(client: Client, job: Job, csv?: string): Promise<string> {
  const { json } = await client.call('POST', 'jobs/ingest', JSON.stringify(job));
  const path = `jobs/ingest/${(json as JobDocument).id}`;
  if (csv !== undefined) await client.call('PUT', `${path}/batches`, csv, { 'content-type': 'text/csv' });
  return path;
}

const jobInfo =
  (job: Job, csv?: string): Scene['play'] =>
  async (client) =>
    client.get(await opened(client, job, csv));

const closing =
  (job: Job): Scene['play'] =>
  async (client) =>
    client.call('PATCH', await opened(client, job, 'Id\n001\n'), '{"state":"UploadComplete"}');

const finishedInfo =
  (job: Job, csv: string): Scene['play'] =>
  async (client) => {
    const { id } = await client.load({ ...job }, csv);
    return client.get(`jobs/ingest/${id}`);
  };

const result =
  (job: Job, csv: string, file = 'failedResults'): Scene['play'] =>
  async (client) => {
    const { id } = await client.load({ ...job }, csv);
    return client.get(`jobs/ingest/${id}/${file}`);
  };

const unprocessed =
  (csv: string): Scene['play'] =>
  async (client) => {
    const path = await opened(client, INSERT, csv);
    await client.call('PATCH', path, '{"state":"Aborted"}');
    return client.get(`${path}/unprocessedrecords`);
  };

async function inProgress(client: Client, job: Job, csv: string, processed: number): Promise<Answer> {
  const path = await opened(client, job, csv);
  await client.call('PATCH', path, '{"state":"UploadComplete"}');
  for (;;) {
    const answer = await client.get(path);
    const { state, numberRecordsProcessed } = answer.json as JobDocument;
    if (state === 'InProgress' && numberRecordsProcessed === processed) return answer;
  }
}

const accountRows = (count: number) => `Name\n${'x\n'.repeat(count)}`;
const deal = (key: number, name = 'x') => `${name},Prospecting,k-${key},2025-12-31`;
const deals = (rows: readonly string[]) => `Name,StageName,external_id__c,CloseDate\n${rows.join('\n')}\n`;
const BAD_ROW = 'Noemi Miller,GENERATED,external-id-3,2003-04-987654321987654321';

/** Of Bulk API 2.0, by the file of the recording. */
export const BULK_SCENES: Readonly<Record<string, Scene>> = {
  'bulk-create-2018.json': { play: one('POST', '/services/data/v37.0/jobs/ingest', INSERT) },
  'bulk-create-upsert-job.json': { options: OPPORTUNITY_KEY, play: one('POST', 'jobs/ingest', UPSERT) },
  'bulk-create-delete-job.json': { play: one('POST', 'jobs/ingest', { object: 'Opportunity', operation: 'delete' }) },
  'bulk-create-unknown-object-400.json': {
    play: one('POST', 'jobs/ingest', { ...UPSERT, object: '' }),
  },
  'bulk-create-bad-key-400.json': {
    options: { describes: field('LObjectScore__c.Id', 'Record ID', { type: 'id' }) ?? [] },
    play: one('POST', 'jobs/ingest', { object: 'LObjectScore__c', operation: 'upsert', externalIdFieldName: '' }),
  },
  'bulk-create-no-key-400.json': {
    options: { describes: field('Bank_Information__c.Id', 'Record ID', { type: 'id' }) ?? [] },
    play: one('POST', 'jobs/ingest', { object: 'Bank_Information__c', operation: 'upsert' }),
  },
  'bulk-create-bad-operation-400.json': { play: one('POST', 'jobs/ingest', { object: 'Account', operation: '' }) },
  'bulk-close-2018.json': { play: closing(INSERT) },
  'bulk-close-delete-job.json': { play: closing({ object: 'Opportunity', operation: 'delete' }) },
  'bulk-close-upsert-job.json': { options: OPPORTUNITY_KEY, play: closing(UPSERT) },
  'bulk-list-2018.json': {
    play: async (client) => {
      await opened(client, INSERT);
      return client.get('jobs/ingest');
    },
  },
  'bulk-list-postman.json': {
    play: async (client) => {
      await opened(client, INSERT);
      return client.get('jobs/ingest');
    },
  },
  'bulk-info-open-2018.json': { play: jobInfo(INSERT) },
  'bulk-info-open-before-upload.json': { play: jobInfo(UPDATE) },
  'bulk-info-open-after-upload.json': { play: jobInfo(UPDATE, 'Id\n001\n') },
  'bulk-info-complete.json': {
    options: OPPORTUNITY_KEY,
    play: finishedInfo(UPSERT, deals(Array.from({ length: 3000 }, (_, n) => deal(n)))),
  },
  'bulk-info-complete-partial.json': {
    options: OPPORTUNITY_KEY,
    play: finishedInfo(UPSERT, deals([...Array.from({ length: 7 }, (_, n) => deal(n)), deal(8, '')])),
  },
  'bulk-info-postman.json': {
    options: { describes: field('Asset.Name', 'Asset Name', { nillable: false }) ?? [] },
    play: finishedInfo({ object: 'Asset', operation: 'insert' }, 'Name\n" "\n'),
  },
  'bulk-info-inprogress.json': {
    options: { ...OPPORTUNITY_KEY, faults: ['job-stuck:done=0.5'] },
    play: (client) => inProgress(client, UPSERT, deals(Array.from({ length: 4000 }, (_, n) => deal(n))), 2000),
  },
  'bulk-info-inprogress-final-counters.json': {
    options: { faults: ['job-stuck:done=1'] },
    play: async (client) => {
      const ids = await Promise.all([1, 2, 3, 4].map(() => made(client, 'Account', { Name: 'x' })));
      return inProgress(client, UPDATE, `Id,Name\n${ids.map((id) => `${id},y`).join('\n')}\n`, 4);
    },
  },
  'bulk-info-failed-field.json': {
    options: OPPORTUNITY_KEY,
    play: finishedInfo(UPSERT, 'external_id__c,StageName_invalid_field_on_purpose\nx,y\n'),
  },
  'bulk-info-failed-lineending.json': { play: finishedInfo({ ...UPDATE, lineEnding: 'CRLF' }, 'Id,Name\n001,x\n') },
  'bulk-info-failed-doubled-prefix.json': { play: finishedInfo(UPDATE, 'Name\nx\n') },
  'bulk-info-failed-toomanylocks.json': {
    options: {
      faults: ['job-fail-halfway:done=0:message=TooManyLockFailure : Too many lock failure 200 Trying again later.'],
    },
    play: finishedInfo(UPDATE, 'Id,Name\n001,x\n'),
  },
  'bulk-second-put.json': {
    play: async (client) => {
      for (;;) {
        const path = await opened(client, INSERT, accountRows(1));
        const again = await client.call('PUT', `${path}/batches`, accountRows(1), { 'content-type': 'text/csv' });
        if (again.status !== 201) return again;
      }
    },
  },
  'bulk-failedResults-date.csv': {
    options: OPPORTUNITY_KEY,
    play: result(UPSERT, deals([BAD_ROW])),
  },
  'bulk-failedResults-datetime.csv': {
    options: { sobjects: { Lead: { fields: { CreatedDate: { createable: true } } } } },
    play: result({ object: 'Lead', operation: 'insert' }, 'CreatedDate,LastName,Company\n2018-09-28,Doe,Acme\n'),
  },
  'bulk-failedResults-duplicate-value.csv': {
    options: { sobjects: { Opportunity: { fields: { ID_from_HPC__c: { ...text(40), unique: true } } } } },
    play: async (client) => {
      const taken = { Name: 'x', StageName: 'Prospecting', CloseDate: '2021-01-01', ID_from_HPC__c: 'testest' };
      await made(client, 'Opportunity', taken);
      const csv = 'CloseDate,Name,StageName,ID_from_HPC__c\n2021-01-01,Jimmy1,Not Yet Scheduled,testest\n';
      return result({ object: 'Opportunity', operation: 'insert' }, csv)(client);
    },
  },
  'bulk-header-sorted.csv': {
    options: {
      sobjects: {
        Account: { fields: { ERP_DEBTOR_ID__c: { ...text(40), externalId: true } } },
        Contact: { fields: { ERP_Contact_ID__c: text(40) } },
      },
    },
    play: result(
      { object: 'Contact', operation: 'insert' },
      'Birthdate,Department,Email,FirstName,LastName,Phone,Title,ERP_Contact_ID__c,Account.ERP_DEBTOR_ID__c\n,,,,x,,,,\n',
    ),
  },
  'bulk-failedResults-empty.csv': { play: result(INSERT, accountRows(1)) },
  'bulk-failedResults-none.csv': {
    play: async (client) => result(UPDATE, `Id,Phone\n${await made(client, 'Account', { Name: 'x' })},1\n`)(client),
  },
  'bulk-failedResults-picklist-and-unknown-duplicate.csv': {
    options: {
      faults: [
        'record-error:key=b:code=DUPLICATE_VALUE:message=duplicate value found: <unknown> duplicates value on record with id: <unknown>',
      ],
      sobjects: {
        Account: {
          fields: {
            Tier__c: {
              picklistValues: [{ active: true, defaultValue: false, label: 'Silver', validFor: null, value: 'Silver' }],
            },
          },
        },
      },
    },
    play: result(INSERT, 'Name,Tier__c\na,Gold\nb,Silver\n'),
  },
  'bulk-failedResults-required.csv': { play: result(INSERT, 'BillingState\nCA\n') },
  'bulk-failedResults-validation.csv': {
    options: {
      faults: [
        'record-error:count=0:code=FIELD_CUSTOM_VALIDATION_EXCEPTION:fields=Type:message=Type must contain a value.',
      ],
    },
    play: result(INSERT, 'Name\nSalesforce.com\nUniversal Containers\n'),
  },
  'bulk-successfulResults-2018.csv': {
    play: result(INSERT, 'Name\nSalesforce.com\nUniversal Containers\n', 'successfulResults'),
  },
  'bulk-successfulResults-empty.csv': { play: result(INSERT, 'Name\n" "\n', 'successfulResults') },
  'bulk-successfulResults-uppercase.csv': {
    options: { sobjects: { Account: { fields: { TMS_Location__c: text(40) } } } },
    play: result(INSERT, 'NAME,TMS_LOCATION__C\n0501003,002\n0501003,002\n', 'successfulResults'),
  },
  'bulk-unprocessed-2018.csv': { play: unprocessed('Name\nSalesforce.com\nUniversal Containers\n') },
  'bulk-unprocessed-empty.csv': { play: result(INSERT, accountRows(1), 'unprocessedrecords') },
  'bulk-unprocessed-none.csv': {
    play: async (client) =>
      result(UPDATE, `Id,Phone\n${await made(client, 'Account', { Name: 'x' })},1\n`, 'unprocessedrecords')(client),
  },
};
