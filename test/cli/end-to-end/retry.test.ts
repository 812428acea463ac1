import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { account, linesOf, stage, type Stage, UPSERT_ACCOUNTS } from '../stage.js';
import { shell } from '../shell.js';

const INSERT_ACCOUNTS = ['--map', 'accounts=Account:insert'];

/** A line as a failures file has it. */
function letter(line: object, outcome: 'failed' | 'in_doubt' | 'unsent', attempts = 1): object {
  const source = { file: 'dump.ndjson', line: 7 };
  return { ...line, error: { code: 'REQUEST_TIMEOUT', message: 'No reply came', outcome, source, attempts } };
}

function names(scene: Stage): unknown[] {
  return scene.org.records('Account').map(({ Name }) => Name);
}

describe('sfreplay retry', () => {
  it('sends what failed, and puts what fails again into a file of the next free name', async () => {
    const scene = await stage();
    const failed = [letter(account('A-1'), 'failed'), letter(account('A-2', { Name: null }), 'unsent')];
    scene.writeLines('failed.ndjson', failed);
    scene.writeLines('failed.retry-1.ndjson', [account('other')]);
    const { status, stdout, stderr } = await scene.run(['retry', ...UPSERT_ACCOUNTS, '-q', 'failed.ndjson']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(/^✖ 1 of 2 records written in .*: 1 failed$/m);
    expect(stdout).toContain('Failures  failed.retry-2.ndjson\n');
    expect(stdout).toContain(`Retry     sfreplay retry ${UPSERT_ACCOUNTS.join(' ')} -q failed.retry-2.ndjson\n`);
    expect(names(scene)).toEqual(['A-1']);
    expect(scene.read('failed.ndjson')).toBe(linesOf(failed));
    expect(scene.read('failed.retry-1.ndjson')).toBe(linesOf([account('other')]));
    expect(scene.failures('failed.retry-2.ndjson')).toMatchObject([
      {
        ...account('A-2', { Name: null }),
        error: { code: 'REQUIRED_FIELD_MISSING', source: { file: 'failed.ndjson', line: 2 } },
      },
    ]);
  });

  it('does not send what is in doubt, and keeps it with its reason', async () => {
    const scene = await stage();
    const twice = { topic: 'accounts', data: { Name: 'perhaps there' } };
    scene.writeLines('failed.ndjson', [letter(twice, 'in_doubt', 3), letter(account('A-1'), 'failed')]);
    const { status, stdout } = await scene.run(['retry', ...INSERT_ACCOUNTS, '-q', 'failed.ndjson']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✖ 1 of 2 records written in .*: 1 in doubt$/m);
    expect(stdout).toContain('  accounts: 1 insert in doubt not sent, kept in the failures file as before\n');
    expect(stdout).toMatch(/^Records in doubt .* Inserts are retried only with --include-in-doubt\.$/m);
    expect(names(scene)).toEqual(['A-1']);
    expect(scene.failures('failed.retry-1.ndjson')).toEqual([
      {
        ...twice,
        error: {
          code: 'REQUEST_TIMEOUT',
          message: 'No reply came',
          outcome: 'in_doubt',
          source: { file: 'failed.ndjson', line: 1 },
          attempts: 3,
        },
      },
    ]);

    const again = ['retry', ...INSERT_ACCOUNTS, '--include-in-doubt', 'failed.retry-1.ndjson'];
    const { status: sent, summary } = await scene.runJson(again);
    expect({ status: sent, failures: summary.failures_file }).toEqual({ status: 0, failures: null });
    expect(names(scene)).toEqual(['A-1', 'perhaps there']);
  });

  it('sends nothing where all is inserts in doubt, where replay would send it', async () => {
    const scene = await stage();
    scene.writeLines('failed.ndjson', [letter(account('A-1'), 'in_doubt'), letter(account('A-2'), 'in_doubt')]);
    const { status, topic } = await scene.runJson(['retry', ...INSERT_ACCOUNTS, 'failed.ndjson']);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({
      read: 2,
      in_doubt: 2,
      batches: 0,
      errors: [{ code: 'REQUEST_TIMEOUT', count: 2 }],
    });
    expect(scene.org.requests.filter(({ kind }) => kind === 'collections')).toEqual([]);
    expect((await scene.run([...INSERT_ACCOUNTS, '-q', 'failed.ndjson'])).status).toBe(0);
    expect(names(scene)).toEqual(['A-1', 'A-2']);
  });

  it.each(['realtime', 'bulk'])(
    'sends upserts, updates and deletes in doubt in %s, for they can be repeated',
    async (mode) => {
      const scene = await stage([account('A-1'), account('gone'), account('left')]);
      await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson']);
      const [first, gone, left] = scene.org.records('Account').map(({ Id }) => Id);
      const lines = [
        account('A-2'),
        { topic: 'updates', data: { Id: first, Name: 'changed' } },
        { topic: 'deletes', data: { Id: gone } },
        { topic: 'deletes', data: { Id: left } },
        { topic: 'accounts', key: 'never', data: null },
        { topic: 'byid', data: { Name: 'an insert' } },
      ];
      scene.writeLines(
        'failed.ndjson',
        lines.map((line) => letter(line, 'in_doubt')),
      );
      scene.writeLines('gone.ndjson', [lines[2]!]);
      scene.write(
        'sfreplay.yaml',
        `topic_mappings:
  - {topic: accounts, sobject: Account, external_id_field: External_Id__c, tombstones: delete, mode: ${mode}}
  - {topic: updates, sobject: Account, operation: update, mode: ${mode}}
  - {topic: deletes, sobject: Account, operation: delete, mode: ${mode}}
  - {topic: byid, sobject: Account, external_id_field: Id, mode: ${mode}}
`,
      );
      const words = ['-c', 'sfreplay.yaml', '--bulk-poll-interval', '50ms'];
      // What the org had done before its reply was lost.
      expect((await scene.run([...words, '-q', 'gone.ndjson'])).status).toBe(0);
      const { status, summary } = await scene.runJson(['retry', ...words, 'failed.ndjson']);
      expect({ status, totals: summary.totals }).toMatchObject({ status: 1, totals: { succeeded: 5, in_doubt: 1 } });
      expect(scene.failures('failed.retry-1.ndjson')).toMatchObject([
        { topic: 'byid', error: { outcome: 'in_doubt' } },
      ]);
      expect(names(scene)).toEqual(['changed', 'A-2']);
      const again = await scene.runJson(['retry', ...words, '--include-in-doubt', 'failed.retry-1.ndjson']);
      expect(again.status).toBe(0);
    },
  );

  it('has nothing to do for an empty file, and says so', async () => {
    const scene = await stage();
    scene.write('failed.ndjson', '\n');
    const { status, stdout } = await scene.run(['retry', ...UPSERT_ACCOUNTS, '-q', 'failed.ndjson']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^✔ No records to write \(0 lines read in .*\)$/m);
  });

  it('is what the summary of a run prints, also for bare records', async () => {
    const scene = await stage();
    const map = ['--topic', 'leads', '--map', 'leads=Lead:insert'];
    const stdin = '{"LastName":"Petrov"}\n{"LastName":"Almeida","Company":"Corvo"}\nno JSON\n';
    const { stdout } = await scene.run([...map, '-q', '--shard', '1/1'], { stdin });
    const [, command] = /^Retry +(.*)$/m.exec(stdout)!;
    expect(command).toMatch(/^sfreplay retry --map leads=Lead:insert --topic leads -q sfreplay-.*\.failed\.ndjson$/);
    const [file] = /\S+$/.exec(command!)!;
    const right = scene.read(file).replace('"Petrov"', '"Petrov","Company":"Corvo"').replace('no JSON', '{}');
    scene.write(file, right.replaceAll('\n', '\r\n'));
    const text = await shell(scene, `${command!.replace(/^sfreplay/, '$SFREPLAY')}; echo "status $?"`);
    expect(text).toContain(`Failures  ${file.replace('.ndjson', '.retry-1.ndjson')}\n`);
    expect(text).toContain('status 1\n');
    expect(scene.org.records('Lead').map(({ LastName }) => LastName)).toEqual(['Almeida', 'Petrov']);
  });

  it('takes of a configuration what is not an output of the first run, and not its shard', async () => {
    const scene = await stage([account('A-1', { Name: null }), account('A-2', { Name: null })]);
    const config = { topic_mappings: [{ topic: 'accounts', sobject: 'Account', external_id_field: 'External_Id__c' }] };
    const outputs = { failures_file: 'failed.ndjson', journal_file: 'journal', shard: '1/1' };
    scene.write('.sfreplayrc', JSON.stringify({ ...config, ...outputs }));
    expect((await scene.run(['-q', 'dump.ndjson'])).status).toBe(1);
    scene.write('.sfreplayrc', JSON.stringify({ ...config, ...outputs, shard: '2/2' }));
    scene.write('failed.ndjson', scene.read('failed.ndjson').replace('null', '"Corvo"'));
    const { status, summary } = await scene.runJson(['retry', 'failed.ndjson']);
    expect(status).toBe(1);
    expect(summary).toMatchObject({ totals: { read: 2, succeeded: 1 }, failures_file: 'failed.retry-1.ndjson' });
  });

  it('goes on with a journal of its own', async () => {
    const scene = await stage();
    scene.writeLines('failed.ndjson', [letter(account('A-1'), 'in_doubt'), letter(account('A-2'), 'failed')]);
    scene.org.addFault('403:on=collections:count=1');
    const words = ['retry', ...INSERT_ACCOUNTS, '--journal', 'journal', 'failed.ndjson'];
    const stopped = await scene.runJson(words);
    expect(stopped.summary).toMatchObject({ totals: { in_doubt: 1, unsent: 1 }, run: { exit_code: 3 } });
    const { summary } = await scene.runJson(words);
    expect(summary).toMatchObject({ totals: { resumed: 1, succeeded: 1 }, run: { exit_code: 1 } });
    expect(summary.failures_file).toBe('failed.retry-1.ndjson');
    expect(scene.failures('failed.retry-1.ndjson')).toHaveLength(1);
    const { status, stderr } = await scene.run([...words, '--include-in-doubt']);
    expect(status).toBe(2);
    expect(stderr).toContain('--include-in-doubt was false, is true');
  });

  it.each<[string[], string, string]>([
    [['dump.ndjson'], 'dump.ndjson is not a failures file', 'sfreplay replay dump.ndjson'],
    [['-'], 'retry reads its file twice, so the file cannot be a pipe', 'sfreplay replay -'],
    [['missing.ndjson'], 'Cannot read missing.ndjson: no such file.', ''],
    [['cut-off.ndjson.gz'], 'cut-off.ndjson.gz is damaged or cut off', 'gzip -t'],
    [[], "missing required argument 'file'", 'sfreplay <command> --help'],
    [['--dry-run', 'dump.ndjson'], "unknown option '--dry-run'", ''],
    [['--shard', '1/2', 'dump.ndjson'], "unknown option '--shard'", ''],
    [['--failures', 'failed.ndjson', 'failed.ndjson'], 'writing it would destroy the input', ''],
    [['--journal', 'failed.retry-1.ndjson', 'failed.ndjson'], 'have the same path: failed.retry-1.ndjson', ''],
  ])('refuses %j', async (words, message, hint) => {
    const scene = await stage([account('A-1'), { topic: 'accounts', data: {}, error: { code: 'mine' } }]);
    scene.writeLines('failed.ndjson', [letter(account('A-1'), 'failed')]);
    scene.write('cut-off.ndjson.gz', gzipSync(linesOf(Array.from({ length: 99 }, () => account('A')))).subarray(0, 70));
    const { status, stdout, stderr } = await scene.run(['retry', ...UPSERT_ACCOUNTS, ...words]);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(scene.org.requests).toEqual([]);
  });
});
