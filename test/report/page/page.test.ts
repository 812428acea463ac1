import { describe, expect, test } from 'vitest';
import { formatPage } from '../../../src/report/page/run-page.js';
import { summaryOf, topicSummary, troubled } from '../summaries.js';
import { historyOf, job, jobUnderWay, pageOf } from './runs.js';

/** The page without its script and its style. */
function bodyOf(...args: Parameters<typeof pageOf>): string {
  return formatPage(pageOf(...args)).replace(/<style>[^]*?<\/style>|<script>[^]*?<\/script>/g, '');
}

/** The same as text, blanks collapsed. */
function textOf(...args: Parameters<typeof pageOf>): string {
  return bodyOf(...args)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

test('a run without trouble has no sections of trouble', () => {
  const titles = [...bodyOf().matchAll(/<h2[^>]*>(.*)<\/h2>/g)].map(([, title]) => title);
  expect(titles).toEqual(['Topics', 'Over time', 'API calls', 'The run']);
});

test('a run in which everything went wrong has all of them, each to be gone to', () => {
  const history = historyOf(troubled, { jobs: [job('7501', 10)], warnings: ['careful'] });
  const body = bodyOf({ summary: { ...troubled, failures_file: 'f.ndjson', notes: ['noted'] }, history });
  const titles = [...body.matchAll(/<h2 id="(.*)-title">([^<]*?) ?(?:<small>.*<\/small>)?<\/h2>/g)].map(
    ([, id, title]) => [id, title],
  );
  expect(titles.map(([, title]) => title)).toEqual([
    ...['Failures', 'Topics', 'Errors', 'Over time', 'Bulk jobs', 'Dropped fields', 'Unknown fields'],
    ...['API calls', 'The run'],
  ]);
  for (const [id] of titles) expect(body).toContain(`<a href="#${id}">`);
});

test('tells what became of the lines, and of each topic', () => {
  const text = textOf({ summary: troubled });
  expect(text).toContain('7,000 6,996');
  expect(text).toContain('Account, upsert by Key__c, realtime');
  expect(text).toContain('REQUIRED_FIELD_MISSING 3 ×');
  expect(text).toContain('Required fields are missing: [Name] dump.ndjson, line 4');
  expect(text).toContain('crm.prod.accounts.v2 CreatedDate (7,000)');
  expect(text).toContain('crm.prod.accounts.v2 nmae (12, did you mean Name?), Name&lt;U+200B&gt; (1)');
  expect(text).toContain(
    '44 calls, sign-in and describes included, 1 retry among them. 13,982 of 15,000 left for these 24 hours, of all users',
  );
});

test('errors have the examples of the failures file where it has some of their topic and code', () => {
  const error = (code: string, count: number) => ({ code, count, example: code, line: 4, file: 'dump.ndjson' });
  const example = { message: 'said so', file: 'dump.ndjson', line: 7, attempts: 1, text: '{"topic":"a"}' };
  const summary = {
    ...summaryOf([
      topicSummary('a', { errors: [error('LOCK', 1)] }),
      topicSummary('b', { errors: [error('LOCK', 5)] }),
    ]),
    line_errors: [
      { topic: '', errors: [{ ...error('INVALID_JSON', 3), hint: 'Looks like CSV' }] },
      { topic: 'other', errors: [error('UNMAPPED_TOPIC', 1)] },
    ],
  };
  const failures = [
    { topic: 'b', code: 'LOCK', count: 3, examples: [example] },
    { topic: null, code: 'INVALID_JSON', count: 2, examples: [example] },
    // Of an earlier run of the journal.
    { topic: 'a', code: 'GONE', count: 9, examples: [example] },
  ];
  const text = textOf({ summary, failures });
  const said = 'said so dump.ndjson, line 7 {&#34;topic&#34;:&#34;a&#34;}';
  expect(text).toContain(`LOCK 6 × b 5 records ${said} a 1 record LOCK dump.ndjson, line 4`);
  expect(text).toContain(`INVALID_JSON 3 × 3 malformed lines Looks like CSV ${said}`);
  expect(text).toContain('UNMAPPED_TOPIC 1 × other 1 record UNMAPPED_TOPIC dump.ndjson, line 4');
  expect(text).not.toContain('GONE');
});

test('tells how to go on with a run that stopped part-way', () => {
  const { input } = troubled;
  const summary = { ...troubled, journal_file: 'j', input: { ...input, files: [{ path: '-', lines: 1 }] } };
  const body = bodyOf({ summary, continueCommand: 'sfreplay replay --journal j -' });
  expect(body).toContain('<code>j</code> records what is settled');
  expect(body).toContain('<pre class="command" tabindex="0">sfreplay replay --journal j -</pre>');
  expect(body).toContain('Pipe the same input into it again.');
  expect(bodyOf({ summary })).not.toContain('records what is settled');
});

test('tells how to replay the failures, and to look for those in doubt before', () => {
  const summary = { ...troubled, failures_file: 'failed.ndjson' };
  const body = bodyOf({ summary, retryCommand: "sfreplay -c 'my.yaml' failed.ndjson" });
  expect(body).toContain('<pre class="command" tabindex="0">sfreplay -c &#39;my.yaml&#39; failed.ndjson</pre>');
  expect(body).toContain('look for them in the org. Inserts are retried only with --include-in-doubt.');
});

test.each([
  [
    { exit_code: 3, stopped: { code: 'GONE', message: 'The org is gone' } },
    'Stopped: The org is gone (GONE) 1 of 2 records',
  ],
  [{ exit_code: 130 }, 'Stopped by SIGINT 1 of 2 records'],
])('tells why a run stopped', (run, text) => {
  expect(textOf({ summary: summaryOf([topicSummary('a', { read: 2, succeeded: 1, unsent: 1 })], { run }) })).toContain(
    text,
  );
});

test('a run of nothing has a page too', () => {
  const summary = summaryOf([topicSummary('a')], { run: { duration_ms: 0 } });
  expect(textOf({ summary })).toContain('No records to write (0 lines read in 0 ms)');
});

test('says what a time line says in figures, and of a job what is not known', () => {
  const history = historyOf(troubled, {
    jobs: [
      job('7501', 10_000, { failed: 3 }),
      jobUnderWay('7502', 30, 'b'),
      job('7503', 50, { isResumed: true, state: 'Aborted', failed: undefined }),
    ],
  });
  const text = textOf({ summary: troubled, history });
  expect(text).toContain('3 jobs, 30 records');
  expect(text).toContain('7501 a 10 3 JobComplete 10.0 s 10.1 s 10.5 s');
  expect(text).toContain('7502 b 10 – not seen to end 30 ms 0.1 s –');
  expect(text).toContain('7503 a 10 – Aborted by an earlier run 0.2 s 0.6 s');
});

test('says at its top when it was, and into which org as whom', () => {
  const text = textOf({ summary: troubled });
  expect(text).toMatch(
    /records written.*1 malformed line 2026-01-02 03:04:05 UTC , into https:\/\/acme\.my\.salesforce\.com as loader@acme\.example /u,
  );
});

test('what is not known to be created is not called nought', () => {
  const of = { read: 10, succeeded: 10 };
  const topics = [
    topicSummary('a', { ...of, created: 4 }),
    topicSummary('b', { ...of, created: null, mode: 'bulk' }),
    topicSummary('c', { ...of, created: null, mode: 'bulk', operation: 'insert' }),
    topicSummary('d', { ...of, created: 0, operation: 'update' }),
  ];
  const created = (shown: typeof topics): string[] =>
    [...bodyOf({ summary: summaryOf(shown) }).matchAll(/<td data-label="created">([^<]*)/gu)].map(
      ([, cell = '']) => cell,
    );
  expect(created(topics)).toEqual(['4', '–', '10', '0', '–']);
  expect(created([topics[0]!, topics[2]!])).toEqual(['4', '10', '14']);
});

test.each([
  [996, 4, '> 99%', '< 1%'],
  [667, 333, '67%', '33%'],
  [1000, 0, '100%', undefined],
])('shares are rounded: %i of 1,000', (succeeded, failed, written, bad) => {
  const text = textOf({ summary: summaryOf([topicSummary('a', { read: 1000, succeeded, failed })]) });
  expect(text.replaceAll('&gt;', '>').replaceAll('&lt;', '<')).toContain(
    `Written ${succeeded.toLocaleString('en-US')} ${written}${bad === undefined ? '' : ` Failed ${failed} ${bad}`}`,
  );
});

test('what was not sent is only said to be where it is', () => {
  const stopped = summaryOf(
    [topicSummary('a', { read: 9, succeeded: 2, failed: 1, unsent: 6 })],
    { run: { exit_code: 3, stopped: { code: 'GONE', message: 'gone' } } },
    'failed.ndjson',
  );
  const continueCommand = 'sfreplay --journal a.journal dump.ndjson';
  const continued = textOf({ summary: { ...stopped, journal_file: 'a.journal' }, continueCommand });
  expect(continued).toContain(
    'The run stopped part-way. 6 records not sent; only the input has them. a.journal records what is settled. To continue from there:',
  );
  expect(continued).toContain('What failed is in failed.ndjson , each line with its error');
  // From standard input they are kept.
  expect(textOf({ summary: stopped })).toContain('What failed or was not sent is in failed.ndjson');
});

test('a job is red as far as its records failed', () => {
  const jobs = [job('7501', 0, { failed: 5 }), job('7502', 1000), job('7503', 2000, { state: 'Failed' })];
  const history = historyOf(troubled, { jobs });
  const bars = [
    ...bodyOf({ summary: troubled, history }).matchAll(
      /<rect fill="var\(--(work[^"]*)\)" x="[\d.]+%" y="\d+" width="([\d.]+)%"/gu,
    ),
  ];
  expect(bars.map(([, kind, width]) => [kind, Number(width)])).toEqual([
    ['work', 3.24],
    ['work-bad', 1.62],
    ['work', 3.24],
    ['work-bad', 3.24],
  ]);
});

test('holds no secret of the configuration', () => {
  const secrets = { client_id: 'an-id-of-its-own', client_secret: 'not-to-be-seen', access_token: undefined };
  const page = formatPage(pageOf({}, { ...secrets, http: { proxy_url: 'http://user:hidden@proxy.example:3128' } }));
  expect(page).toContain('client credentials');
  expect(page).toContain('http://***@proxy.example:3128');
  expect(page).not.toMatch(/an-id-of-its-own|not-to-be-seen|hidden@/);
});

describe('hostile text', () => {
  const hostile = `</script></style><img src=x onerror=alert(1)>"'\u202E&amp;<!--`;
  const example = { message: hostile, file: hostile, line: 1, attempts: 2, text: hostile };
  const summary = summaryOf(
    [
      topicSummary(hostile, {
        ...{ sobject: hostile, read: 4, succeeded: 2, failed: 2 },
        errors: [{ code: hostile, count: 2, example: hostile, line: 1, file: hostile }],
        dropped_fields: { [hostile]: 1 },
      }),
    ],
    {
      run: { id: hostile, exit_code: 3, stopped: { code: hostile, message: hostile } },
      input: { files: [{ path: hostile, lines: 1 }] },
      totals: { malformed: 1 },
    },
    hostile,
  );
  const history = historyOf(summary, {
    jobs: [job(hostile, 1, { topic: hostile, state: hostile })],
    warnings: [hostile],
  });
  const failures = [hostile, null].map((topic) => ({ topic, code: hostile, count: 1, examples: [example] }));
  const settings = { ...pageOf().settings, failuresFile: hostile, journalFile: hostile };
  const page = formatPage(
    pageOf({ summary: { ...summary, notes: [hostile] }, settings, history, failures, retryCommand: hostile }),
  );

  test('is nowhere markup', () => {
    expect(page).not.toMatch(/<img|<!--|\u202E/);
    // One of each kind is the page's own: the data, the script, the style.
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  });

  test('is shown as it is, but for what deceives', () => {
    expect(page.match(/&lt;img src=x onerror=alert\(1\)&gt;&#34;&#39;\uFFFD&amp;amp;&lt;!--/g)?.length).toBeGreaterThan(
      20,
    );
  });
});

describe('a run of three million records', () => {
  const count = 600;
  const long = 'x"<&'.repeat(200);
  const errors = Array.from({ length: 200 }, (_, index) => ({
    ...{ code: `CODE_${index}`, count: 2_000, example: long, line: 1, file: 'dump.ndjson' },
  }));
  const topics = Array.from({ length: count }, (_, index) =>
    topicSummary(`crm.prod.topic-${index}`, {
      ...{ mode: 'bulk', read: 5_000, succeeded: 3_000, failed: 2_000, errors },
      dropped_fields: Object.fromEntries(Array.from({ length: 200 }, (_none, at) => [`Field_${at}__c`, 5_000])),
    }),
  );
  const files = Array.from({ length: 1_000 }, (_, index) => ({ path: `dump-${index}.ndjson`, lines: 3_000 }));
  const summary = summaryOf(topics, { run: { duration_ms: 36_000_000 }, input: { files } });
  const jobs = Array.from({ length: 10_000 }, (_, index) =>
    job(`7505e0000${index}AAA`, index * 3_000, { topic: topics[index % count]!.topic, failed: index % 3 }),
  );
  const example = { message: long, file: 'dump.ndjson', line: 1, attempts: 1, text: long };
  const failures = topics.flatMap(({ topic }) =>
    errors.map(({ code }) => ({ topic, code, count: 3, examples: [example, example, example] })),
  );
  const page = formatPage(pageOf({ summary, history: historyOf(summary, { jobs }), failures }));

  test('has a page that can be sent by mail', () => {
    expect(page.length).toBeLessThan(1_500_000);
  });

  test('says what it leaves out', () => {
    expect(page).toContain('400 of the 10,000 jobs are shown');
    expect(page).toContain('100 more rows not shown; the total counts them too.');
    expect(page).toContain('192,000,000 errors of 160 more codes not shown here.');
    expect(page).toContain('1,190,000 of 595 more topics not shown here.');
    expect(page).toContain('and 950 more files');
    expect(page).toContain(', 180 more');
  });
});
