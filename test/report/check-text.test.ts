import { expect, test } from 'vitest';
import type { CheckedTopic, CheckReport } from '../../src/accounting/check-report.js';
import { formatCheck } from '../../src/report/check-text.js';

const topics: CheckedTopic[] = [
  {
    topic: 'accounts',
    sobject: 'Account',
    operation: 'upsert',
    mode: 'bulk',
    key_field: 'External_Id__c',
    read: 7000,
    would_send: 6999,
    would_fail: 1,
    batches: 7,
    errors: [{ code: 'MISSING_KEY', count: 1, example: 'External_Id__c is missing', line: 3 }],
    dropped_fields: { CreatedDate: 7000 },
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
    batches: 2,
    errors: [],
    dropped_fields: {},
  },
];
const report: CheckReport = {
  exit_code: 1,
  org: {
    url: 'https://acme.my.salesforce.com',
    instance_url: 'https://acme--eu1.my.salesforce.com',
    api_version: 'v65.0',
    sign_in: 'client credentials',
    api: { used: 100, limit: 15_000 },
  },
  input: { lines: 7350, bytes: 5120, malformed: 1, unmapped: 2, files: [{ path: 'dump.ndjson', lines: 7350 }] },
  topics,
  warnings: ['http.keep_alive has no effect\u0007 here: it is known from pipelines'],
};
const unread = topics.map((topic) => ({
  ...topic,
  read: null,
  would_send: null,
  would_fail: null,
  batches: null,
  errors: [],
  dropped_fields: {},
}));

function linesOf(some: CheckReport, width = 120): string[] {
  return formatCheck(some, { color: false, width }).split('\n');
}

test('files against an org', () => {
  expect(linesOf(report)).toEqual([
    '✖ A replay would send 7,346 of 7,347 records: 1 would fail, 1 malformed line',
    '',
    'Org        https://acme.my.salesforce.com',
    'Instance   https://acme--eu1.my.salesforce.com',
    'Sign-in    client credentials',
    'API        v65.0',
    'API calls  14,900 of 15,000 left for these 24 hours',
    'Input      7,350 lines, 5.1 kB, from dump.ndjson',
    'Malformed  1 line',
    'Unmapped   2 lines of topics without a mapping',
    '',
    'topic     sObject  operation  mode      key              read  would send  would fail  batches',
    'accounts  Account  upsert     bulk      External_Id__c  7,000       6,999           1        7',
    'leads     Lead     insert     realtime  –                 347         347           0        2',
    '',
    'Errors',
    '  1 × MISSING_KEY  accounts, line 3',
    '      External_Id__c is missing',
    '',
    'Dropped fields (not writable)',
    '  accounts  CreatedDate (7,000)',
    '',
    'Warnings',
    '  ! http.keep_alive has no effect␇ here: it is known from pipelines',
    '',
  ]);
});

test('the configuration alone, offline', () => {
  expect(linesOf({ exit_code: 0, org: null, input: null, topics: unread, warnings: [] })).toEqual([
    '✔ The configuration is good: 2 topics mapped; the org was not asked',
    '',
    'topic     sObject  operation  mode      key',
    'accounts  Account  upsert     bulk      External_Id__c',
    'leads     Lead     insert     realtime  –',
    '',
  ]);
});

test('in 40 columns the table becomes a list', () => {
  const lines = linesOf(report, 40);
  expect(lines.slice(lines.indexOf('leads'), lines.indexOf('leads') + 9)).toEqual([
    'leads',
    '  sObject     Lead',
    '  operation   insert',
    '  mode        realtime',
    '  key         –',
    '  read        347',
    '  would send  347',
    '  would fail  0',
    '  batches     2',
  ]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(46);
});
