import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { account, linesOf, stage, until, UPSERT_ACCOUNTS, UPSERT_ACCOUNTS_IN_BULK } from '../stage.js';

function keysOf(records: readonly Readonly<Record<string, unknown>>[]): unknown[] {
  return records.map(({ External_Id__c: key }) => key);
}

describe('files', () => {
  it('are read in the order given, plain, compressed, and standard input among them', async () => {
    const scene = await stage();
    scene.writeLines('b.ndjson', [account('B-1')]);
    scene.write('a.gz', gzipSync(linesOf([account('A-1'), account('A-2')])));
    // Compressed by its bytes, whatever its name says.
    scene.write('c.ndjson', Buffer.concat([gzipSync(linesOf([account('C-1')])), gzipSync(linesOf([account('C-2')]))]));
    const files = ['b.ndjson', 'a.gz', '-', 'c.ndjson'];
    const { summary } = await scene.runJson([...UPSERT_ACCOUNTS, ...files], { stdin: linesOf([account('S-1')]) });
    expect(keysOf(scene.org.records('Account'))).toEqual(['B-1', 'A-1', 'A-2', 'S-1', 'C-1', 'C-2']);
    expect(summary.input.files).toEqual([
      { path: 'b.ndjson', lines: 1 },
      { path: 'a.gz', lines: 2 },
      { path: '-', lines: 1 },
      { path: 'c.ndjson', lines: 2 },
    ]);
    const text = ['B-1', 'A-1', 'A-2', 'S-1', 'C-1', 'C-2'].map((key) => linesOf([account(key)])).join('');
    expect(summary.input.bytes).toBe(Buffer.byteLength(text));
  });

  it('may come compressed through a pipe', async () => {
    const scene = await stage();
    const stdin = gzipSync(linesOf([account('A-1'), account('A-2', { Name: null })]));
    const { summary } = await scene.runJson([...UPSERT_ACCOUNTS], { stdin });
    expect(summary.totals).toMatchObject({ read: 2, succeeded: 1, failed: 1 });
    expect(scene.failures()[0]!.error.source).toEqual({ file: '-', line: 2 });
  });
});

describe('lines', () => {
  it('of every envelope may be mixed', async () => {
    const scene = await stage([
      account('N-1'),
      { topic: 'accounts', key: 'k', partition: 0, offset: 7, data: { External_Id__c: 'N-2', Name: 'n' } },
      {
        topic: 'accounts',
        partition: 0,
        offset: 8,
        tstype: 'create',
        ts: 1,
        broker: 1,
        headers: [],
        key: 'k',
        payload: '{"External_Id__c":"K-1","Name":"k","Balance__c":0.10}',
      },
      { topic: 'accounts', key: null, payload: { External_Id__c: 'K-2', Name: 'k' } },
      {
        topic: 'accounts',
        key: 'k',
        value: '{"External_Id__c":"R-1","Name":"r"}',
        timestamp: 1,
        partition: 0,
        offset: 9,
      },
      { topic: 'accounts', key: 'gone', payload: null },
    ]);
    const { summary } = await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect(keysOf(scene.org.records('Account'))).toEqual(['N-1', 'N-2', 'K-1', 'K-2', 'R-1']);
    expect(String(scene.org.records('Account')[2]!.Balance__c)).toBe('0.10');
    // The last is a tombstone, which nothing is known of yet.
    expect(summary.totals).toMatchObject({ read: 6, succeeded: 5, failed: 1 });
  });

  it('are bare records with --topic', async () => {
    const scene = await stage([{ LastName: 'L', Company: 'C', topic: 'x' }, '{"LastName":"M","Company":"C"}']);
    const { topic } = await scene.runJson(['--topic', 'leads', '--map', 'leads=Lead:insert', 'dump.ndjson']);
    expect(topic()).toMatchObject({ read: 2, succeeded: 2, created: 2, unknown_fields: { topic: 1 } });
  });

  it('that are malformed are kept with file and line, and the run goes on', async () => {
    const scene = await stage();
    const long = `{"topic":"accounts","data":{"External_Id__c":"long","Name":"${'x'.repeat(16 * 1024 * 1024)}"}}`;
    scene.write(
      'dump.ndjson',
      Buffer.concat([
        Buffer.from('\uFEFF{"topic":"accounts","data":{"External_Id__c":"A-1","Name":"first"}}\r\n\r\n   \n'),
        Buffer.from('{"topic":"accounts","data":{"Name":"\n'),
        Buffer.from('[1,2]\n"text"\n42\nnull\n'),
        Buffer.from('{"data":{"Name":"no topic"}}\n{"topic":7,"data":{}}\n'),
        Buffer.from('{"topic":"accounts","data":"text"}\n{"topic":"accounts","data":[1]}\n{"topic":"accounts"}\n'),
        Buffer.from([...Buffer.from('{"topic":"accounts","data":{"Name":"'), 0xff, ...Buffer.from('"}}\n')]),
        Buffer.from(`${long}\n`),
        Buffer.from('{"topic":"accounts","data":{"External_Id__c":"A-2","Name":"last"}}'),
      ]),
    );
    const { status, summary } = await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect(status).toBe(1);
    expect(keysOf(scene.org.records('Account'))).toEqual(['A-1', 'A-2']);
    const failures = scene.failures();
    expect(failures.map(({ error }) => [error.source.line, error.code])).toEqual([
      [4, 'INVALID_JSON'],
      [5, 'NOT_AN_OBJECT'],
      [6, 'NOT_AN_OBJECT'],
      [7, 'NOT_AN_OBJECT'],
      [8, 'NOT_AN_OBJECT'],
      [9, 'NO_TOPIC'],
      [10, 'NO_TOPIC'],
      [11, 'INVALID_RECORD'],
      [12, 'INVALID_RECORD'],
      [13, 'INVALID_RECORD'],
      [14, 'INVALID_UTF8'],
      [15, 'LINE_TOO_LONG'],
    ]);
    expect(summary.totals).toMatchObject({ read: 14, succeeded: 2, malformed: 12 });
    expect(failures.every(({ topic, error }) => topic === null && error.source.file === 'dump.ndjson')).toBe(true);
    expect(failures[1]!.raw).toBe('[1,2]');
    expect(failures[10]!.raw).toBe('{"topic":"accounts","data":{"Name":"\uFFFD"}}');
    expect(failures[11]!.raw!.length).toBeLessThan(16 * 1024 * 1024);
  });

  it('of topics without a mapping are skipped, or fail', async () => {
    const scene = await stage([account('A-1'), { topic: 'other', data: { x: 1.0 } }, { topic: 'other', data: {} }]);
    const skipped = await scene.runJson([...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect(skipped.status).toBe(0);
    expect(skipped.summary.totals).toMatchObject({ succeeded: 1, unmapped: 2, failed: 0 });
    expect(skipped.summary.failures_file).toBeNull();

    const failed = await scene.runJson([...UPSERT_ACCOUNTS, '--unmapped', 'fail', 'dump.ndjson']);
    expect(failed.status).toBe(1);
    expect(failed.summary.totals).toMatchObject({ succeeded: 1, unmapped: 0, failed: 2 });
    expect(scene.failures().map(({ error, topic }) => [topic, error.code])).toEqual([
      ['other', 'UNMAPPED_TOPIC'],
      ['other', 'UNMAPPED_TOPIC'],
    ]);
  });
});

describe.each([
  ['realtime', UPSERT_ACCOUNTS],
  ['bulk', UPSERT_ACCOUNTS_IN_BULK],
])('values in %s', (mode, map) => {
  it('arrive as they were written', async () => {
    const scene = await stage([
      '{"topic":"accounts","data":{"External_Id__c":"A-1","Name":12345678901234567890,"Balance__c":0.10,' +
        '"Exact_Number__c":12345678901234567890.012345678901234567,"AccountNumber":1e3,"Site":true,"Active__c":true,' +
        '"Regions__c":["EMEA","APAC"],"Description":"a,\\"b\\"\\r\\nc\\u2028 ünï 😀","Phone":null,"Fax":""}}',
    ]);
    scene.org.addFault('lock');
    const { status } = await scene.runJson([...map, '--bulk-poll-interval', '20ms', 'dump.ndjson']);
    expect(status).toBe(0);
    const [record] = scene.org.records('Account');
    expect(String(record!.Exact_Number__c)).toBe('12345678901234567890.012345678901234567');
    expect(String(record!.Balance__c)).toBe('0.10');
    expect(record).toMatchObject({
      Name: '12345678901234567890',
      AccountNumber: '1e3',
      Site: 'true',
      Active__c: true,
      Regions__c: 'EMEA;APAC',
      Description: `a,"b"${mode === 'bulk' ? '\n' : '\r\n'}c\u2028 ünï 😀`,
      Phone: null,
      Fax: null,
    });
  });
});

describe('a slow pipe', () => {
  it('is flushed after batch_period, though no batch is full and the input has not ended', async () => {
    const scene = await stage();
    const play = scene.start([...UPSERT_ACCOUNTS, '--batch-period', '50ms', '--json']);
    play.write(linesOf([account('A-1')]));
    await until(() => scene.org.records('Account').length === 1);
    play.write(linesOf([account('A-2'), account('A-3')]));
    await until(() => scene.org.records('Account').length === 3);
    expect(play.child.exitCode).toBeNull();
    play.child.stdin!.end();
    const { status, stdout } = await play.ended;
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ totals: { read: 3, succeeded: 3 } });
  });
});
