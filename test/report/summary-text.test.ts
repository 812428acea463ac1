import { expect, test } from 'vitest';
import type { Summary } from '../../src/accounting/summary.js';
import { summaryDocument } from '../../src/report/summary.js';
import { formatText } from '../../src/report/text.js';
import { widthOf } from '../../src/report/text-width.js';
import { summaryOf, topicSummary, troubled } from './summaries.js';

const retryCommand = 'sfreplay retry -c sfreplay.yaml sfreplay-r1.failed.ndjson';

function linesOf(summary: Summary, width = 120, command?: string): string[] {
  return formatText(summaryDocument(summary, { retryCommand: command }), { color: false, width }).split('\n');
}

test('a good run', () => {
  const summary = summaryOf(
    [topicSummary('accounts', { mode: 'bulk', read: 12_345, succeeded: 12_345, jobs: ['7501'] })],
    {
      input: { files: [{ path: '-', lines: 12_345 }] },
    },
  );
  expect(linesOf(summary)).toEqual([
    '✔ 12,345 of 12,345 records written in 12.3 s',
    '',
    'topic     sObject  operation  mode    read  succeeded  failed  in doubt     rate',
    'accounts  Account  upsert     bulk  12,345     12,345       0         0  1,000/s',
    '',
    'Org        https://acme.my.salesforce.com',
    'User       loader@acme.example',
    'Input      12,345 lines, 5.1 kB, from standard input',
    'Bulk jobs  1',
    'API calls  4; 14,982 of 15,000 left for these 24 hours',
    '',
  ]);
});

test('a run with failures of all kinds in 120 columns', () => {
  expect(linesOf(troubled, 120, retryCommand)).toEqual([
    '✖ 12,343 of 12,347 records written in 12.3 s: 3 failed, 1 in doubt, 1 malformed line',
    '',
    'topic                 sObject  operation  mode        read  succeeded  failed  in doubt     rate',
    'crm.prod.accounts.v2  Account  upsert     realtime   7,000      6,996       3         1    567/s',
    'contacts              Contact  update     bulk       5,347      5,347       0         0    433/s',
    'total                                               12,347     12,343       3         1  1,000/s',
    '',
    'Errors',
    '  3 × REQUIRED_FIELD_MISSING  crm.prod.accounts.v2, first at dump.ndjson:4',
    '      Required fields are missing: [Name]',
    '  1 × TIMEOUT  crm.prod.accounts.v2, dump.ndjson:12001',
    '      no answer within 30 s␛[2J',
    '',
    'Dropped fields (not writable)',
    '  crm.prod.accounts.v2  CreatedDate (7,000), SystemModstamp (7,000), LastModifiedById (12)',
    '',
    'Unknown fields (left out)',
    '  crm.prod.accounts.v2  nmae (12, did you mean Name?), Name<U+200B> (1)',
    '',
    'Org        https://acme.my.salesforce.com',
    'User       loader@acme.example',
    'Input      12,350 lines, 13.9 MB, from dump.ndjson (12,000), more.ndjson.gz (350)',
    'Malformed  1 line, kept in the failures file',
    'Unmapped   2 lines of topics without a mapping, skipped: crm.notes 2',
    'Created    12 (crm.prod.accounts.v2)',
    'Bulk jobs  2 (contacts)',
    'API calls  44, 1 retry; 13,982 of 15,000 left for these 24 hours',
    '',
    'Failures  sfreplay-r1.failed.ndjson',
    `Retry     ${retryCommand}`,
    'Records in doubt may have been written: look for them in the org. Inserts are retried only with --include-in-doubt.',
    '',
  ]);
});

test('the same in 80 columns', () => {
  expect(linesOf(troubled, 80, retryCommand).slice(0, 7)).toEqual([
    '✖ 12,343 of 12,347 records written in 12.3 s: 3 failed, 1 in doubt,',
    '  1 malformed line',
    '',
    'topic          sObject  op      mode        read      ok  failed  doubt     rate',
    'crm.pr…nts.v2  Account  upsert  realtime   7,000   6,996       3      1    567/s',
    'contacts       Contact  update  bulk       5,347   5,347       0      0    433/s',
    'total                                     12,347  12,343       3      1  1,000/s',
  ]);
});

test('the same in 40 columns, where no table fits', () => {
  expect(linesOf(troubled, 40, retryCommand)).toEqual([
    '✖ 12,343 of 12,347 records written in',
    '  12.3 s: 3 failed, 1 in doubt,',
    '  1 malformed line',
    '',
    ...['crm.prod.accounts.v2', '  sObject    Account', '  operation  upsert', '  mode       realtime'],
    ...['  read       7,000', '  succeeded  6,996', '  failed     3', '  in doubt   1', '  rate       567/s'],
    ...['contacts', '  sObject    Contact', '  operation  update', '  mode       bulk'],
    ...['  read       5,347', '  succeeded  5,347', '  failed     0', '  in doubt   0', '  rate       433/s'],
    ...[
      'total',
      '  read       12,347',
      '  succeeded  12,343',
      '  failed     3',
      '  in doubt   1',
      '  rate       1,000/s',
    ],
    '',
    'Errors',
    '  3 × REQUIRED_FIELD_MISSING',
    '      crm.prod.accounts.v2, first at',
    '      dump.ndjson:4',
    '      Required fields are missing:',
    '      [Name]',
    '  1 × TIMEOUT',
    '      crm.prod.accounts.v2,',
    '      dump.ndjson:12001',
    '      no answer within 30 s␛[2J',
    '',
    'Dropped fields (not writable)',
    '  crm.prod.accounts.v2',
    '    CreatedDate (7,000),',
    '    SystemModstamp (7,000),',
    '    LastModifiedById (12)',
    '',
    'Unknown fields (left out)',
    '  crm.prod.accounts.v2',
    '    nmae (12, did you mean Name?),',
    '    Name<U+200B> (1)',
    '',
    'Org        https://acme.my.salesforce.com',
    'User       loader@acme.example',
    'Input      12,350 lines, 13.9 MB, from',
    '           dump.ndjson (12,000),',
    '           more.ndjson.gz (350)',
    'Malformed  1 line, kept in the failures',
    '           file',
    'Unmapped   2 lines of topics without a',
    '           mapping, skipped: crm.notes 2',
    'Created    12 (crm.prod.accounts.v2)',
    'Bulk jobs  2 (contacts)',
    'API calls  44, 1 retry; 13,982 of 15,000',
    '           left for these 24 hours',
    '',
    'Failures  sfreplay-r1.failed.ndjson',
    `Retry     ${retryCommand}`,
    'Records in doubt may have been written:',
    'look for them in the org. Inserts are',
    'retried only with --include-in-doubt.',
    '',
  ]);
});

test('no line but paths and commands is wider than the window, coloured or not', () => {
  for (let width = 30; width < 140; width += 1) {
    for (const color of [false, true]) {
      const lines = formatText(summaryDocument(troubled, { retryCommand: 'x' }), { color, width }).split('\n');
      const wide = lines.filter((line) => widthOf(line) > width && !line.includes('sfreplay-r1'));
      // A code is never broken either.
      expect(wide.filter((line) => !/REQUIRED_FIELD_MISSING|https:/u.test(line))).toEqual([]);
    }
  }
});

const one = topicSummary('accounts', { read: 10, succeeded: 3, unsent: 7 });

test.each([
  [
    'stopped for a reason',
    summaryOf([one], {
      run: { exit_code: 3, stopped: { code: 'ORG_UNREACHABLE', message: 'The org\ncannot be reached.' } },
    }),
    ['✖ Stopped: The org cannot be reached. (ORG_UNREACHABLE)', '  3 of 10 records written in 12.3 s: 7 not sent'],
  ],
  [
    'interrupted',
    summaryOf([one], { run: { exit_code: 130 } }),
    ['✖ Stopped by SIGINT', '  3 of 10 records written in 12.3 s: 7 not sent'],
  ],
  [
    'terminated',
    summaryOf([one], { run: { exit_code: 143 } }),
    ['✖ Stopped by SIGTERM', '  3 of 10 records written in 12.3 s: 7 not sent'],
  ],
  [
    'malformed lines alone',
    summaryOf([topicSummary('accounts', { read: 1, succeeded: 1 })], {
      run: { exit_code: 1, duration_ms: 50 },
      totals: { malformed: 2 },
    }),
    ['✖ 1 of 1 record written in 50 ms: 2 malformed lines', ''],
  ],
  [
    'an empty input',
    summaryOf([topicSummary('accounts')], { run: { duration_ms: 0 } }),
    ['✔ No records to write (0 lines read in 0 ms)', ''],
  ],
  [
    'unmapped lines alone',
    summaryOf([topicSummary('accounts')], { totals: { unmapped: 3 } }),
    ['✔ No records to write: no line has a mapped topic (3 lines read in 12.3 s)', ''],
  ],
  [
    'records of an earlier run and folded ones',
    summaryOf([topicSummary('accounts', { read: 10, succeeded: 3, superseded: 2, resumed: 5 })]),
    ['✔ 3 of 10 records written in 12.3 s: 2 superseded, 5 settled by an earlier run', ''],
  ],
])('headline: %s', (_name, summary, lines) => {
  expect(linesOf(summary).slice(0, 2)).toEqual(lines);
});

test('lines that failed for want of a mapping are told, though no topic has them', () => {
  const summary = summaryOf([topicSummary('accounts', { read: 1, succeeded: 1 })], {
    run: { exit_code: 1 },
    totals: { read: 4, failed: 3 },
  });
  expect(linesOf(summary)).toContain('Unmapped   3 lines of topics without a mapping, failed');
  expect(linesOf(summary)[0]).toBe('✖ 1 of 4 records written in 12.3 s: 3 failed');
});

test('an org that says nothing of its limits, and a run of no time', () => {
  const summary = summaryOf([topicSummary('a', { read: 1, succeeded: 1 })], {
    run: { duration_ms: 0 },
    api: { used: null, limit: null },
  });
  expect(linesOf(summary)).toContain('API calls  4');
  expect(linesOf(summary)[3]).toMatch(/ –$/u);
});

test('only the most frequent errors and the first fields are told', () => {
  const errors = Array.from({ length: 12 }, (_, index) => ({
    code: `E${index}`,
    count: index + 1,
    example: 'x'.repeat(500),
    line: 1,
    file: 'dump.ndjson',
  }));
  const dropped = Object.fromEntries(Array.from({ length: 23 }, (_, index) => [`F${index}`, 1]));
  const lines = linesOf(summaryOf([topicSummary('a', { errors, dropped_fields: dropped })]), 400);
  expect(lines.find((line) => line.includes(' × '))).toBe('  12 × E11  a, first at dump.ndjson:1');
  expect(lines).toContain('  and 3 errors of 2 more kinds');
  expect(lines.find((line) => line.includes('xxx'))?.trim()).toBe(`${'x'.repeat(299)}…`);
  expect(lines.find((line) => line.includes('F0'))).toMatch(/F19 \(1\), 3 more$/u);
});

test('hostile names are harmless', () => {
  const hostile = 'a\u001B]0;x\u0007\n\u202E';
  const summary = summaryOf(
    [
      topicSummary(hostile, {
        sobject: hostile,
        jobs: ['1'],
        dropped_fields: { [hostile]: 1 },
        unknown_fields: { [hostile]: 1 },
        nearest_fields: { [hostile]: hostile },
        errors: [{ code: hostile, count: 1, example: hostile, line: 1, file: hostile }],
      }),
      one,
    ],
    {
      run: { exit_code: 3, stopped: { code: hostile, message: hostile } },
      input: { files: [{ path: hostile, lines: 1 }] },
    },
    hostile,
  );
  for (const width of [30, 100]) {
    const text = formatText(summaryDocument(summary, { retryCommand: hostile }), { color: false, width });
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/u);
  }
});

test('colour is on when asked for', () => {
  const document = summaryDocument(troubled, { retryCommand });
  expect(formatText(document, { color: true, width: 80 })).toContain('\u001B[31m✖\u001B[39m');
  expect(formatText(document, { color: false, width: 80 })).not.toContain('\u001B');
});
