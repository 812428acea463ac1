import { FIELDS, FLAGS, KEY_FIELD } from '../dump/record.js';

const ID = '0015e00000AbCdEAAV';

/** Any sObject has the fields of the dump's records, and the user may write them all. */
export function describeDocument(name: string): string {
  return JSON.stringify({
    name,
    label: name,
    custom: name.endsWith('__c'),
    keyPrefix: ID.slice(0, 3),
    createable: true,
    updateable: true,
    deletable: true,
    queryable: true,
    fields: [field('Id', 'id', { createable: false, updateable: false, idLookup: true }), ...FIELDS.map(described)],
  });
}

function described(name: string): object {
  if (FLAGS.includes(name)) return field(name, 'boolean', { length: 0 });
  return field(name, 'string', name === KEY_FIELD ? { externalId: true, idLookup: true, unique: true } : {});
}

function field(name: string, type: string, changes: object): object {
  return {
    name,
    type,
    label: name,
    length: 255,
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
    referenceTo: [],
    picklistValues: [],
    ...changes,
  };
}

export function tokenDocument(url: string): string {
  return JSON.stringify({
    access_token: '00D5e000000BENCH!AQEAQBenchBenchBenchBenchBenchBench',
    instance_url: url,
    id: `${url}/id/00D5e000000BENCHEA0/0055e000001BENCHAA0`,
    token_type: 'Bearer',
    issued_at: '1767225600000',
    scope: 'api',
    signature: 'bench',
  });
}

export const LIMITS_DOCUMENT = JSON.stringify({
  DailyApiRequests: { Max: 10_000_000, Remaining: 9_000_000 },
  DailyBulkApiBatches: { Max: 1_000_000, Remaining: 900_000 },
});

const USER_ID = '0055e000001BENCHAA0';
const USERNAME = 'bench@example.com';

/** Who the user is, as the Salesforce CLI asks when it is given a token, and then asks again. */
export const USER_INFO_DOCUMENT = JSON.stringify({
  preferred_username: USERNAME,
  organization_id: '00D5e000000BENCHEA0',
  user_id: USER_ID,
});

export const USER_DOCUMENT = JSON.stringify({ Id: USER_ID, Username: USERNAME });

export const VERSIONS_DOCUMENT = JSON.stringify([
  { label: "Winter '26", url: '/services/data/v65.0', version: '65.0' },
]);

/** An empty page of query results. */
export const NO_RECORDS_DOCUMENT = JSON.stringify({ totalSize: 0, done: true, records: [] });

const replies = new Map<number, string>();

/** As many successes as a call has records. */
export function successes(records: number): string {
  let reply = replies.get(records);
  if (reply === undefined) {
    const one = JSON.stringify({ id: ID, success: true, errors: [], created: true });
    reply = `[${new Array<string>(records).fill(one).join(',')}]`;
    replies.set(records, reply);
  }
  return reply;
}

/** What comes before the cells of a row that succeeded, and of one that failed. */
export const RESULT_CELLS = {
  successfulResults: { header: '"sf__Id","sf__Created",', row: `"${ID}","true",` },
  failedResults: { header: '"sf__Id","sf__Error",', row: '"","STRING_TOO_LONG:data value too large:LastName --",' },
} as const;
