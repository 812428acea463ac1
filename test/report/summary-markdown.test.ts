import { expect, test } from 'vitest';
import type { Summary } from '../../src/accounting/summary.js';
import { checkDocument } from '../../src/report/check.js';
import { formatMarkdown } from '../../src/report/markdown.js';
import { summaryDocument } from '../../src/report/summary.js';
import { checkedTopic, checkReport } from './check-reports.js';
import { summaryOf, topicSummary, troubled } from './summaries.js';

function summaryMarkdown(summary: Summary, retryCommand?: string, continueCommand?: string): string {
  return formatMarkdown(summaryDocument(summary, { retryCommand, continueCommand }));
}

test('a run in which a little of everything went wrong', () => {
  const malformed = {
    code: 'INVALID_JSON',
    count: 1,
    example: 'not JSON',
    line: 9,
    file: 'more.ndjson.gz',
    hint: 'Looks like CSV',
  };
  const summary = { ...troubled, notes: ['contacts: a note'], line_errors: [{ topic: '', errors: [malformed] }] };
  expect(summaryMarkdown(summary, "sfreplay --map 'a=B' sfreplay-r1.failed.ndjson").split('\n')).toEqual([
    '### ❌ sfreplay: 12,343 of 12,347 records written in 12.3 s: 3 failed, 1 in doubt, 1 malformed line',
    '',
    '| topic | sObject | operation | mode | read | succeeded | failed | in doubt | rate |',
    '| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |',
    '| `crm.prod.accounts.v2` | `Account` | `upsert` | `realtime` | 7,000 | 6,996 | 3 | 1 | 567/s |',
    '| `contacts` | `Contact` | `update` | `bulk` | 5,347 | 5,347 | 0 | 0 | 433/s |',
    '| `total` |  |  |  | 12,347 | 12,343 | 3 | 1 | 1,000/s |',
    '',
    '#### Errors',
    '',
    '| error | count | topic | first at | example |',
    '| --- | ---: | --- | --- | --- |',
    '| `REQUIRED_FIELD_MISSING` | 3 | `crm.prod.accounts.v2` | `dump.ndjson:4` | `Required fields are missing: [Name]` |',
    '| `TIMEOUT` | 1 | `crm.prod.accounts.v2` | `dump.ndjson:12001` | `no answer within 30 s␛[2J` |',
    '| `INVALID_JSON` | 1 |  | `more.ndjson.gz:9` | `not JSON. Looks like CSV` |',
    '',
    '#### Dropped fields (not writable)',
    '',
    '- `crm.prod.accounts.v2`: `CreatedDate (7,000), SystemModstamp (7,000), LastModifiedById (12)`',
    '',
    '#### Unknown fields (left out)',
    '',
    '- `crm.prod.accounts.v2`: `nmae (12, did you mean Name?), Name<U+200B> (1)`',
    '',
    '#### Run',
    '',
    '- Org: `https://acme.my.salesforce.com`',
    '- User: `loader@acme.example`',
    '- Input: `12,350 lines, 13.9 MB, from dump.ndjson (12,000), more.ndjson.gz (350)`',
    '- Malformed: `1 line, kept in the failures file`',
    '- Unmapped: `2 lines of topics without a mapping, skipped: crm.notes 2`',
    '- Created: `12 (crm.prod.accounts.v2)`',
    '- Bulk jobs: `2 (contacts)`',
    '- API calls: `44, 1 retry; 13,982 of 15,000 left for these 24 hours`',
    '',
    '#### Notes',
    '',
    '- `contacts: a note`',
    '',
    '#### Failures',
    '',
    'What failed or is in doubt is in `sfreplay-r1.failed.ndjson`, each line with its error. After fixing the causes, retry with:',
    '',
    '```sh',
    "sfreplay --map 'a=B' sfreplay-r1.failed.ndjson",
    '```',
    '',
    'Records in doubt may have been written: look for them in the org. Inserts are retried only with --include-in-doubt.',
    '',
  ]);
});

test('a run that stopped says why', () => {
  const stopped = { code: 'ORG_UNREACHABLE', message: '`x` cannot be reached' };
  const summary = summaryOf([topicSummary('a', { read: 2, unsent: 2 })], { run: { exit_code: 3, stopped } });
  expect(summaryMarkdown(summary, undefined).split('\n').slice(0, 3)).toEqual([
    '### ❌ sfreplay: 0 of 2 records written in 12.3 s: 2 not sent',
    '',
    '⛔ ``Stopped: `x` cannot be reached (ORG_UNREACHABLE)``',
  ]);
});

test('a run that went well is short', () => {
  const markdown = summaryMarkdown(summaryOf([topicSummary('a', { read: 1, succeeded: 1 })]), undefined);
  expect(markdown).toContain('### ✅ sfreplay: 1 of 1 record written in 12.3 s\n');
  expect(markdown.match(/^#.*/gmu)).toHaveLength(2);
});

test('however many topics and errors there are, GitHub takes it', () => {
  const long = '|`'.repeat(500);
  const errors = Array.from({ length: 30 }, (_, i) => ({
    ...{ code: `${i}${long}`, count: 30 - i, example: long, line: 1, file: long },
  }));
  const topics = Array.from({ length: 1_000 }, (_, i) =>
    topicSummary(`${i}${long}`, { sobject: long, read: 1, errors }),
  );
  const markdown = summaryMarkdown(summaryOf(topics), long);
  expect(Buffer.byteLength(markdown)).toBeLessThan(1024 * 1024);
  expect(markdown).toContain('more topics');
  expect(markdown).toContain('| `total` |  |  |  | 1,000 |');
  expect(markdown).toContain('and 210,000 errors of 20 more kinds');
});

test('a check', () => {
  const topic = checkedTopic('crm.accounts', {
    would_fail: 2,
    may_fail: 1,
    keys: { missing: 2, repeated: 1, distinct: 7, is_exact: true },
    errors: [{ code: 'MISSING_KEY', field: 'K', count: 2, example: 'K is not there', line: 3, file: '-' }],
    possible_errors: [{ code: 'REQUIRED', field: null, count: 1, example: 'Name', line: 4, file: 'dump.ndjson' }],
    dropped_fields: { CreatedDate: 10 },
    dropped_reasons: { CreatedDate: 'read_only' },
  });
  expect(formatMarkdown(checkDocument(checkReport([topic], ['too few | calls']))).split('\n')).toEqual([
    '### ❌ sfreplay check: A replay would write 7 of 10 records for certain: 2 would fail, 1 may fail; the org was not asked',
    '',
    '#### Org and input',
    '',
    '- Input: `10 lines, 5.1 kB, from dump.ndjson`',
    '',
    '| topic | sObject | operation | mode | key | read | would send | would fail | may fail | batches | API calls |',
    '| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    '| `crm.accounts` | `Account` | `upsert` | `bulk` | `External_Id__c` | 10 | 10 | 2 | 1 | 1 | 6 |',
    '',
    '#### Keys',
    '',
    '- `crm.accounts`: `2 records without External_Id__c, 1 record whose key came before, 7 different keys`',
    '',
    '#### Would fail',
    '',
    '| error | count | topic | first at | example |',
    '| --- | ---: | --- | --- | --- |',
    '| `MISSING_KEY` | 2 | `crm.accounts` | `line 3 of standard input` | `K is not there` |',
    '',
    '#### May fail (the org decides)',
    '',
    '| error | count | topic | first at | example |',
    '| --- | ---: | --- | --- | --- |',
    '| `REQUIRED` | 1 | `crm.accounts` | `dump.ndjson:4` | `Name` |',
    '',
    '#### Dropped fields',
    '',
    '- `crm.accounts`: `CreatedDate (10, read-only)`',
    '',
    '#### Warnings',
    '',
    '- `too few `&#124;` calls`',
    '',
  ]);
});

test('a run that stopped part-way is told with the command that continues it', () => {
  const summary = { ...summaryOf([topicSummary('a', { read: 1, unsent: 1 })]), journal_file: 'j' };
  const lines = summaryMarkdown(summary, undefined, 'sfreplay replay --journal j dump.ndjson').split('\n');
  const at = lines.indexOf('#### Continue');
  expect(lines.slice(at, at + 7)).toEqual([
    '#### Continue',
    '',
    'The run stopped part-way. 1 record not sent; only the input has them. `j` records what is settled. To continue from there:',
    '',
    '```sh',
    'sfreplay replay --journal j dump.ndjson',
    '```',
  ]);
});
