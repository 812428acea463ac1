import { expect, test } from 'vitest';
import type { CheckedTopic, CheckReport } from '../../src/accounting/check-report.js';
import { checkDocument } from '../../src/report/check.js';
import { formatText } from '../../src/report/text.js';

const topics: CheckedTopic[] = [
  {
    topic: 'accounts',
    sobject: 'Account',
    operation: 'upsert',
    mode: 'bulk',
    key_field: 'External_Id__c',
    read: 7000,
    would_send: 6999,
    would_fail: 3,
    may_fail: 12,
    superseded: 0,
    keys: { missing: 1, repeated: 20, distinct: 6979, is_exact: true },
    batches: 7,
    api_calls: 42,
    bulk_batches: 7,
    errors: [
      {
        code: 'INVALID_FIELD',
        field: 'Since__c',
        count: 2,
        example: 'Since__c: soon is not a date',
        line: 90,
        file: 'dump.ndjson',
      },
      {
        code: 'MISSING_KEY',
        field: 'External_Id__c',
        count: 1,
        example: 'External_Id__c is missing',
        line: 3,
        file: 'dump.ndjson',
      },
    ],
    possible_errors: [
      {
        code: 'REQUIRED_FIELD_MISSING',
        field: 'Name',
        count: 12,
        example: 'Required fields are missing: [Name]',
        line: 5,
        file: 'dump.ndjson',
      },
    ],
    dropped_fields: { CreatedDate: 7000, IsPartner: 30 },
    dropped_reasons: { CreatedDate: 'read_only', IsPartner: 'not_permitted' },
    unknown_fields: { Nmae: 1 },
    nearest_fields: { Nmae: 'Name' },
  },
  {
    topic: 'leads',
    sobject: 'Lead',
    operation: 'insert',
    mode: 'realtime',
    key_field: null,
    read: 347,
    would_send: 347,
    would_fail: 0,
    may_fail: 0,
    superseded: 0,
    keys: null,
    batches: 2,
    api_calls: 2,
    bulk_batches: 0,
    errors: [],
    possible_errors: [],
    dropped_fields: {},
    dropped_reasons: {},
    unknown_fields: {},
    nearest_fields: {},
  },
];
const report: CheckReport = {
  exit_code: 1,
  org: {
    url: 'https://acme.my.salesforce.com',
    instance_url: 'https://acme--eu1.my.salesforce.com',
    org_id: '00D5e000000abcdEAA',
    api_version: 'v65.0',
    sign_in: 'client credentials',
    target_org: null,
    user_id: '0055e000001xyzaAAA',
    username: 'loader@acme.example',
    api: { used: 100, limit: 15_000 },
    bulk_batches: { used: 0, limit: 10_000 },
  },
  input: {
    lines: 7350,
    bytes: 5120,
    malformed: 1,
    unmapped: 2,
    files: [{ path: 'dump.ndjson', lines: 7350 }],
    malformed_errors: [],
    unmapped_topics: [{ topic: 'crm.notes', count: 2 }],
  },
  topics,
  estimate: {
    api_calls: 47,
    bulk_batches: 7,
    duration_ms: 65_000,
    diff_calls: 6,
    round_trip_ms: 35,
    assumptions: ['realtime: a round trip of 35 ms', 'bulk: 5 s a job'],
  },
  warnings: ['http.keep_alive has no effect\u0007 here: it is known from pipelines'],
  line_errors: [],
};
const unread = topics.map((topic) => ({
  ...topic,
  read: null,
  would_send: null,
  would_fail: null,
  may_fail: null,
  superseded: null,
  keys: null,
  batches: null,
  api_calls: null,
  bulk_batches: null,
  errors: [],
  possible_errors: [],
  dropped_fields: {},
  dropped_reasons: {},
  unknown_fields: {},
  nearest_fields: {},
}));

function linesOf(some: CheckReport, width = 120): string[] {
  return formatText(checkDocument(some), { color: false, width }).split('\n');
}

test('files against an org', () => {
  expect(linesOf(report)).toEqual([
    '✖ A replay would write 7,332 of 7,347 records for certain: 3 would fail, 12 may fail, 1 malformed line',
    '',
    'Org           https://acme.my.salesforce.com',
    'Instance      https://acme--eu1.my.salesforce.com',
    'Org Id        00D5e000000abcdEAA',
    'Sign-in       client credentials',
    'User          loader@acme.example',
    'API           v65.0',
    'API calls     14,900 of 15,000 left for these 24 hours',
    'Bulk batches  10,000 of 10,000 left for these 24 hours',
    'Input         7,350 lines, 5.1 kB, from dump.ndjson',
    'Malformed     1 line',
    'Unmapped      2 lines of topics without a mapping: crm.notes 2',
    'Estimate      about 47 API calls, 7 bulk batches, 1 min 5 s',
    '              (the time is rough; realtime: a round trip of 35 ms; bulk: 5 s a job)',
    'Diff          about 6 API calls to compare the input with the org',
    '',
    'topic     sObject  operation  mode      key              read  would send  would fail  may fail  batches  API calls',
    'accounts  Account  upsert     bulk      External_Id__c  7,000       6,999           3        12        7         42',
    'leads     Lead     insert     realtime  –                 347         347           0         0        2          2',
    '',
    'Keys',
    '  accounts  1 record without External_Id__c, 20 records whose key came before, 6,979 different keys',
    '',
    'Would fail',
    '  2 × INVALID_FIELD  accounts, first at dump.ndjson:90',
    '      Since__c: soon is not a date',
    '  1 × MISSING_KEY  accounts, dump.ndjson:3',
    '      External_Id__c is missing',
    '',
    'May fail (the org decides)',
    '  12 × REQUIRED_FIELD_MISSING  accounts, first at dump.ndjson:5',
    '       Required fields are missing: [Name]',
    '',
    'Dropped fields',
    '  accounts  CreatedDate (7,000, read-only), IsPartner (30, not for upsert)',
    '',
    'Unknown fields (left out)',
    '  accounts  Nmae (1, did you mean Name?)',
    '',
    'Warnings',
    '  ! http.keep_alive has no effect␇ here: it is known from pipelines',
    '',
  ]);
});

test('the configuration alone, offline', () => {
  expect(
    linesOf({ exit_code: 0, org: null, input: null, topics: unread, estimate: null, warnings: [], line_errors: [] }),
  ).toEqual([
    '✔ The configuration is valid: 2 topics mapped; the org was not asked',
    '',
    'topic     sObject  operation  mode      key',
    'accounts  Account  upsert     bulk      External_Id__c',
    'leads     Lead     insert     realtime  –',
    '',
  ]);
});

test('keys that are too many to count are told as the least that there are', () => {
  const [accounts] = topics;
  const keys = { missing: 0, repeated: 1, distinct: 1_000_000, is_exact: false };
  expect(linesOf({ ...report, topics: [{ ...accounts!, keys }] })).toContain(
    '  accounts  at least 1 record whose key came before, at least 1,000,000 different keys',
  );
});

test('in 40 columns the table becomes a list', () => {
  const lines = linesOf(report, 40);
  expect(lines.slice(lines.indexOf('leads'), lines.indexOf('leads') + 11)).toEqual([
    'leads',
    '  sObject     Lead',
    '  operation   insert',
    '  mode        realtime',
    '  key         –',
    '  read        347',
    '  would send  347',
    '  would fail  0',
    '  may fail    0',
    '  batches     2',
    '  API calls   2',
  ]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(49);
});

test('whose session it is, as far as that is known', () => {
  const facts = (org: Partial<CheckReport['org']>): string[] =>
    linesOf({ ...report, org: { ...report.org!, ...org } }).filter((line) => /^(Org Id|Sign-in|User) /.test(line));
  expect(facts({ org_id: null, user_id: null, username: null })).toEqual(['Sign-in       client credentials']);
  expect(facts({ username: null, sign_in: 'Salesforce CLI', target_org: 'uat' })).toEqual([
    'Org Id        00D5e000000abcdEAA',
    'Sign-in       Salesforce CLI, target org uat',
    'User          0055e000001xyzaAAA',
  ]);
});
