import { readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { account, readLines, stage, UPSERT_ACCOUNTS } from '../stage.js';

const LEADS_IN_BULK = ['--map', 'leads=Lead:insert::bulk', '--bulk-poll-interval', '20ms'];

describe('the failures file', () => {
  it('holds each line as it was, and a second run reads it back', async () => {
    const bad = '{ "topic" : "accounts", "key":"k", "data": {"External_Id__c":"A-2","Balance__c":0.10,"n":1E400} }';
    const scene = await stage([
      account('A-1'),
      bad,
      '{"topic":"accounts"',
      account('A-3', { AccountId: 'x', Name: '' }),
    ]);
    const words = [...UPSERT_ACCOUNTS, '--failures', 'failed.ndjson', 'dump.ndjson'];
    const first = await scene.runJson(words);
    expect(first.summary.totals).toMatchObject({ read: 4, succeeded: 1, failed: 2, malformed: 1 });
    expect(first.summary.failures_file).toBe('failed.ndjson');
    const lines = scene.read('failed.ndjson').trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    const kept = lines.find((line) => line.includes('A-2'))!;
    expect(kept.startsWith(bad.slice(0, bad.lastIndexOf('}')).trimEnd())).toBe(true);
    expect(scene.failures('failed.ndjson').find(({ error }) => error.source.line === 2)!.error).toEqual({
      code: 'REQUIRED_FIELD_MISSING',
      message: 'Required fields are missing: [Name]',
      fields: ['Name'],
      outcome: 'failed',
      source: { file: 'dump.ndjson', line: 2 },
      attempts: 1,
    });

    // The parent record is created meanwhile, so that the upsert without a Name becomes an update.
    scene.writeLines('fix.ndjson', [account('A-2'), account('A-3')]);
    expect((await scene.runJson([...UPSERT_ACCOUNTS, 'fix.ndjson'])).status).toBe(0);
    scene.write('failed.ndjson', scene.read('failed.ndjson').replace('"Name":""', '"Name":"put right"'));
    const second = await scene.runJson([...UPSERT_ACCOUNTS, '--failures', 'failed.2.ndjson', 'failed.ndjson']);
    expect(second.summary.totals).toMatchObject({ read: 3, succeeded: 2, failed: 0, malformed: 1 });
    const records = scene.org.records('Account');
    expect(String(records.find(({ External_Id__c: key }) => key === 'A-2')!.Balance__c)).toBe('0.10');
    expect(records.find(({ External_Id__c: key }) => key === 'A-3')!.Name).toBe('put right');

    // A line that was read twice has one error: the new one.
    const again = scene.failures('failed.2.ndjson');
    expect(again).toMatchObject([{ topic: null, raw: '{"topic":"accounts"', error: { code: 'INVALID_JSON' } }]);
  });

  it('is made only when something fails, and no earlier one under its name is lost', async () => {
    const scene = await stage([account('A-1')]);
    const words = [...UPSERT_ACCOUNTS, '--failures', 'failed.ndjson', '-q'];
    expect((await scene.run([...words, 'dump.ndjson'])).status).toBe(0);
    expect(scene.exists('failed.ndjson')).toBe(false);
    for (const key of ['B-1', 'B-2', 'B-3']) {
      scene.writeLines('bad.ndjson', [account(key, { Name: null })]);
      expect((await scene.run([...words, 'bad.ndjson'])).status).toBe(1);
    }
    const names = readdirSync(scene.folder).filter((name) => name.startsWith('failed.ndjson'));
    const kept = names.flatMap((name) => scene.failures(name)).map(({ data }) => data);
    expect(kept).toHaveLength(3);
    expect(scene.failures('failed.ndjson')).toMatchObject([{ data: { External_Id__c: 'B-3' } }]);
  });

  it('on a full disk stops the run, and nothing is reported failed that is not on it', async () => {
    const scene = await stage([account('A-1'), account('A-2', { Name: null }), account('A-3'), 'malformed']);
    const words = [...UPSERT_ACCOUNTS, '--failures', '/dev/full', '--bulk-batch-size', '2', 'dump.ndjson'];
    const { status, stderr, summary } = await scene.runJson(words);
    expect(status).toBe(3);
    expect(summary.totals).toMatchObject({ failed: 0 });
    expect(summary.totals.succeeded).toBe(scene.org.records('Account').length);
    expect(summary.failures_file).toBeNull();
    expect(summary.run.stopped!.message).toContain('/dev/full');
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('that cannot be made is refused before anything is sent', async () => {
    const scene = await stage([account('A-1')]);
    const words = [...UPSERT_ACCOUNTS, '--failures', 'no/such/f', 'dump.ndjson'];
    const { status, stderr } = await scene.run(words);
    expect(status).toBe(2);
    expect(stderr).toContain('The failures file no/such/f cannot be written');
    expect(scene.org.records('Account')).toEqual([]);
  });
});

describe('the successes file', () => {
  it('has a line for each record that was written', async () => {
    const scene = await stage([
      account('A-1'),
      account('A-2', { Name: null }),
      { topic: 'leads', data: { LastName: 'L', Company: 'C' } },
      account('A-1'),
    ]);
    const words = [...UPSERT_ACCOUNTS, ...LEADS_IN_BULK, '--successes', 'ok.ndjson', 'dump.ndjson'];
    const { topic } = await scene.runJson(words);
    expect(topic('leads').created).toBe(1);
    const [a1] = scene.org.records('Account');
    const [lead] = scene.org.records('Lead');
    const lines = readLines(scene.read('ok.ndjson')) as { line: number }[];
    expect(lines.sort((a, b) => a.line - b.line)).toEqual([
      { topic: 'accounts', file: 'dump.ndjson', line: 1, id: a1!.Id, created: true },
      { topic: 'leads', file: 'dump.ndjson', line: 3, id: lead!.Id, created: true },
      { topic: 'accounts', file: 'dump.ndjson', line: 4, id: a1!.Id, created: false },
    ]);
  });
});

describe('the result', () => {
  const lines = [
    account('A-1', { CreatedDate: 'x' }),
    account('A-2', { Name: null }),
    { topic: 'leads', data: { LastName: 'L', Company: 'C' } },
    { topic: 'other', data: {} },
    'malformed',
  ];

  it('with --json is the document of the contract, key for key', async () => {
    const scene = await stage(lines);
    const { stdout, stderr, summary } = await scene.runJson([
      ...UPSERT_ACCOUNTS,
      ...LEADS_IN_BULK,
      '-q',
      'dump.ndjson',
    ]);
    expect(stderr).toBe('');
    const { started_at: startedAt, duration_ms: durationMs, id } = summary.run;
    expect(new Date(startedAt).toISOString()).toBe(startedAt);
    expect(durationMs).toBeGreaterThan(0);
    expect(stdout).toBe(
      `${JSON.stringify(
        {
          run: { id, started_at: startedAt, duration_ms: durationMs, exit_code: 1, stopped: null },
          org: { url: scene.org.url, user: 'loader@emulator.example' },
          input: {
            lines: 5,
            bytes: Buffer.byteLength(scene.read('dump.ndjson')),
            malformed: 1,
            unmapped: 1,
            files: [{ path: 'dump.ndjson', lines: 5 }],
            malformed_errors: [
              {
                code: 'INVALID_JSON',
                count: 1,
                example: "not JSON: JSON value expected but got 'm' at column 1",
                file: 'dump.ndjson',
                line: 5,
              },
            ],
            unmapped_topics: [{ topic: 'other', count: 1 }],
          },
          topics: [
            {
              topic: 'accounts',
              sobject: 'Account',
              operation: 'upsert',
              mode: 'realtime',
              read: 2,
              succeeded: 1,
              created: 1,
              failed: 1,
              in_doubt: 0,
              unchanged: 0,
              superseded: 0,
              resumed: 0,
              unsent: 0,
              batches: 1,
              jobs: [],
              errors: [
                {
                  code: 'REQUIRED_FIELD_MISSING',
                  count: 1,
                  example: 'Required fields are missing: [Name]',
                  file: 'dump.ndjson',
                  line: 2,
                },
              ],
              dropped_fields: { CreatedDate: 1 },
              unknown_fields: {},
            },
            {
              topic: 'leads',
              sobject: 'Lead',
              operation: 'insert',
              mode: 'bulk',
              read: 1,
              succeeded: 1,
              created: null,
              failed: 0,
              in_doubt: 0,
              unchanged: 0,
              superseded: 0,
              resumed: 0,
              unsent: 0,
              batches: 1,
              jobs: [scene.org.jobs()[0]!.id],
              errors: [],
              dropped_fields: {},
              unknown_fields: {},
            },
          ],
          totals: {
            read: 5,
            succeeded: 2,
            unchanged: 0,
            failed: 1,
            in_doubt: 0,
            superseded: 0,
            unmapped: 1,
            malformed: 1,
            resumed: 0,
            unsent: 0,
          },
          api: { calls: scene.org.requests.length, retries: 0, used: scene.org.apiUsed, limit: 100_000 },
          failures_file: `sfreplay-${id}.failed.ndjson`,
          journal_file: null,
        },
        null,
        2,
      )}\n`,
    );
  });

  it('for people is a table, the errors, what was dropped, and the command that replays the failures', async () => {
    const scene = await stage(lines);
    const words = [...UPSERT_ACCOUNTS, ...LEADS_IN_BULK, '--max-in-flight', '2', 'dump.ndjson'];
    const { status, stdout, stderr } = await scene.run(words);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^(sfreplay: .*\n)*$|^( *\d.*\n)*$/m);
    const text = stdout
      .replaceAll(/sfreplay-\d{8}-\d{6}-\w{4}/g, 'sfreplay-RUN')
      .replaceAll(/in [\d.]+ m?s\b/g, 'in T')
      .replaceAll(/ +[\d.,]+\/s/g, ' R/s')
      .replaceAll(/99,9\d\d of/g, 'N of')
      .replaceAll(/API calls {2}\d+/g, 'API calls  N')
      .replace(/ +rate$/m, ' rate');
    expect(text).toBe(`✖ 2 of 3 records written in T: 1 failed, 1 malformed line

topic     sObject  operation  mode      read  succeeded  failed  in doubt rate
accounts  Account  upsert     realtime     2          1       1         0 R/s
leads     Lead     insert     bulk         1          1       0         0 R/s
total                                      3          2       1         0 R/s

Errors
  1 × REQUIRED_FIELD_MISSING  accounts, dump.ndjson:2
      Required fields are missing: [Name]
  1 × INVALID_JSON  dump.ndjson:5
      not JSON: JSON value expected but got 'm' at column 1

Dropped fields (not writable)
  accounts  CreatedDate (1)

Org        ${scene.org.url}
User       loader@emulator.example
Input      5 lines, ${Buffer.byteLength(scene.read('dump.ndjson'))} B, from dump.ndjson
Malformed  1 line, kept in the failures file
Unmapped   1 line of topics without a mapping, skipped: other 1
Created    1 (accounts)
Bulk jobs  1 (leads)
API calls  N; N of 100,000 left for these 24 hours

Failures  sfreplay-RUN.failed.ndjson
Retry     sfreplay retry ${words.slice(0, -1).join(' ')} sfreplay-RUN.failed.ndjson
`);
  });

  it('is complete when the printed command is run', async () => {
    const scene = await stage([account('A-1', { Name: null })]);
    const { stdout } = await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson']);
    const [, command] = /^Retry +sfreplay (.*)$/m.exec(stdout)!;
    scene.writeLines('fix.ndjson', [account('A-1')]);
    await scene.run([...UPSERT_ACCOUNTS, '-q', 'fix.ndjson']);
    // Now Name may not be cleared; the refusal is Salesforce's, and the line is kept once more.
    const { summary } = await scene.runJson([...command!.split(' '), '--failures', 'again.ndjson']);
    expect(summary.totals).toMatchObject({ read: 1, failed: 1 });
    expect(scene.failures('again.ndjson')).toHaveLength(1);
    expect(Object.keys(scene.failures('again.ndjson')[0]!)).toEqual(['topic', 'data', 'error']);
  });
});

it.skipIf(process.platform === 'win32')('files that hold records are for their owner alone', async () => {
  const scene = await stage([account('A-1'), account('A-2'), 'no json']);
  scene.org.addFault({ kind: 'record-error', key: 'A-1', code: 'X_FAILED', message: 'no' });
  const names = ['failed.ndjson', 'done.ndjson', 'run.journal', 'report.html'];
  const flags = ['--failures', '--successes', '--journal', '--report'].flatMap((flag, i) => [flag, names[i]!]);
  expect((await scene.run([...UPSERT_ACCOUNTS, ...flags, '-q', 'dump.ndjson'])).status).toBe(1);
  expect(names.map((name) => (statSync(scene.path(name)).mode & 0o777).toString(8))).toEqual(names.map(() => '600'));
  expect((await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'])).status).toBe(1);
  const [own = ''] = readdirSync(scene.folder).filter((name) => name.endsWith('.failed.ndjson'));
  expect((statSync(scene.path(own)).mode & 0o777).toString(8)).toBe('600');
});
