import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { replay } from '../../src/index.js';
import { folderWith } from '../config/folder.js';
import { sfreplay } from './executable.js';
import { account, linesOf, stage, until, UPSERT_ACCOUNTS, UPSERT_ACCOUNTS_IN_BULK } from './stage.js';

const NAMELESS = { topic: 'accounts', data: { External_Id__c: 'A-3', Name: null } };
const REPORT = ['--report', 'report.html'];

/** The page's text, blanks collapsed. */
function textOf(page: string): string {
  return page
    .replace(/<(script|style)[^]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

describe('after a run', () => {
  test('in which some records failed there is a page that says so, and the summary names it', async () => {
    const scene = await stage([account('A-1'), account('A-2'), NAMELESS, 'not JSON', { topic: 'others', data: {} }]);
    const flags = [...UPSERT_ACCOUNTS, ...REPORT, '--failures', 'failed.ndjson'];
    const { status, stdout, stderr } = await scene.run([...flags, 'dump.ndjson']);
    expect(status).toBe(1);
    expect(stderr).not.toContain('warning');
    const command = `sfreplay retry ${UPSERT_ACCOUNTS.join(' ')} failed.ndjson`;
    expect(stdout).toMatch(
      new RegExp(`\n\nFailures {2}failed.ndjson\nRetry {5}${command.replaceAll('.', '\\.')}\nReport {4}report.html\n$`),
    );
    const page = scene.read('report.html');
    expect(page).toContain(`<pre class="command" tabindex="0">${command}</pre>`);
    const text = textOf(page);
    expect(text).toContain('2 of 3 records written');
    expect(text).toContain('REQUIRED_FIELD_MISSING 1 × accounts 1 record');
    expect(text).toContain('dump.ndjson, line 3');
    expect(text).toContain(
      '{&#34;topic&#34;:&#34;accounts&#34;,&#34;data&#34;:{&#34;External_Id__c&#34;:&#34;A-3&#34;',
    );
    expect(text).toContain('INVALID_JSON 1 × 1 malformed line');
    expect(text).toContain('Exit status 1, some records failed or are in doubt');
    expect(page).not.toContain(scene.org.clientSecret);
    expect(readdirSync(scene.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('with --json the document is as it ever was', async () => {
    const scene = await stage([account('A-1'), NAMELESS]);
    const plain = await scene.runJson([...UPSERT_ACCOUNTS, '--failures', 'f1', 'dump.ndjson']);
    const { status, summary, stdout } = await scene.runJson([
      ...UPSERT_ACCOUNTS,
      ...REPORT,
      '--failures',
      'f2',
      'dump.ndjson',
    ]);
    expect(status).toBe(1);
    expect(Object.keys(summary)).toEqual(Object.keys(plain.summary));
    expect(summary.topics[0]?.errors).toEqual(plain.summary.topics[0]?.errors);
    expect(stdout).not.toContain('report.html');
    expect(scene.exists('report.html')).toBe(true);
  });

  test('bulk jobs are there with their times and ends', async () => {
    const scene = await stage([...Array.from({ length: 3 }, (_, i) => account(`A-${i}`)), NAMELESS]);
    await scene.run([...UPSERT_ACCOUNTS_IN_BULK, ...REPORT, '--bulk-batch-size', '2', 'dump.ndjson']);
    const text = textOf(scene.read('report.html'));
    expect(text).toContain('2 jobs, 4 records');
    for (const [index, { id }] of scene.org.jobs().entries()) {
      expect(text).toMatch(new RegExp(`${id} accounts 2 ${index} JobComplete`));
    }
  });

  test('that was stopped by a signal there is a page', async () => {
    const scene = await stage([account('A-1'), account('A-2')]);
    scene.org.addFault('slow:on=collections:ms=500');
    const play = scene.start([...UPSERT_ACCOUNTS, ...REPORT, '--bulk-batch-size', '1', 'dump.ndjson']);
    await until(() => scene.org.requests.some(({ kind }) => kind === 'collections'));
    play.signal('SIGINT');
    expect((await play.ended).status).toBe(130);
    const text = textOf(scene.read('report.html'));
    expect(text).toMatch(/Stopped: .* 1 of 2 records written/);
    expect(text).toContain('Exit status 130, stopped by SIGINT');
  });

  test('that stopped part-way there is a page', async () => {
    const scene = await stage([account('A-1'), account('A-2')], { apiLimit: 2 });
    const { status } = await scene.run([
      ...UPSERT_ACCOUNTS,
      ...REPORT,
      '--bulk-batch-size',
      '1',
      '--max-retries',
      '0',
      'dump.ndjson',
    ]);
    expect(status).toBe(3);
    expect(textOf(scene.read('report.html'))).toContain('REQUEST_LIMIT_EXCEEDED');
  });

  test('that never began there is none', async () => {
    const scene = await stage([account('A-1')]);
    const { status } = await scene.run(['--map', 'accounts=Nonsense__c:insert', ...REPORT, 'dump.ndjson']);
    expect([status, scene.exists('report.html')]).toEqual([2, false]);
  });
});

test('a file that is no page is not lost, and nothing is sent', async () => {
  const scene = await stage([account('A-1')]);
  scene.write('report.html', 'precious');
  const { status, stdout, stderr } = await scene.run([...UPSERT_ACCOUNTS, ...REPORT, 'dump.ndjson']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe(
    'sfreplay: error: The report file report.html exists and is not an HTML page; it would be overwritten.\n' +
      '  hint: Name a file in a folder that exists and can be written to.\n',
  );
  expect(scene.read('report.html')).toBe('precious');
  expect(scene.org.requests).toEqual([]);
});

test('a page that cannot be written in the end is told of, and does not hide what happened', async () => {
  const scene = await stage();
  mkdirSync(scene.path('reports'));
  const play = scene.start([...UPSERT_ACCOUNTS, '--report', 'reports/report.html', '--bulk-batch-size', '1']);
  play.write(linesOf([account('A-1')]));
  await until(() => scene.org.records('Account').length === 1);
  rmSync(scene.path('reports'), { recursive: true });
  play.child.stdin?.end();
  const { status, stdout, stderr } = await play.ended;
  expect(status).toBe(1);
  expect(stdout).toContain('1 of 1 record written');
  expect(stdout).not.toContain('reports/report.html');
  expect(stderr).toContain('warning: The report file reports/report.html cannot be written: ENOENT');
});

test('the configuration names it too', async () => {
  const scene = await stage([account('A-1')]);
  scene.write(
    '.sfreplayrc.yaml',
    'report_file: page.html\ntopic_mappings: [{topic: accounts, sobject: Account, external_id_field: External_Id__c}]\n',
  );
  const { status, stdout } = await scene.run(['dump.ndjson']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/\n\nReport {4}page.html\n$/);
  expect(textOf(scene.read('page.html'))).toContain('1 of 1 record written');
});

test('the library writes it too', async () => {
  const scene = await stage();
  const warnings: string[] = [];
  const run = (path: string) =>
    replay(
      linesOf([account('A-1')])
        .trimEnd()
        .split('\n'),
      {
        org_url: scene.org.url,
        access_token: scene.org.issueToken(),
        topic_mappings: [{ topic: 'accounts', sobject: 'Account', external_id_field: 'External_Id__c', mode: 'bulk' }],
        report_file: path,
      },
      { observer: { onWarning: (warning) => warnings.push(warning) } },
    );
  expect((await run(scene.path('report.html'))).run.exit_code).toBe(0);
  expect(textOf(scene.read('report.html'))).toContain('1 job, 1 record');
  expect((await run('/dev/full')).run.exit_code).toBe(1);
  expect(warnings).toEqual([expect.stringContaining('ENOSPC')]);
  await expect(run(scene.path('none/report.html'))).rejects.toThrow('cannot be written');
});

test('the demo writes one', async () => {
  const cwd = folderWith({});
  const { status, stdout } = await sfreplay(['demo', '--report', 'demo.html'], { cwd, environment: { TMPDIR: cwd } });
  expect(status).toBe(0);
  expect(stdout).toContain('\nReport    demo.html\n');
  const text = textOf(readFileSync(join(cwd, 'demo.html'), 'utf8'));
  expect(text).toContain('115 of 125 records written');
  expect(text).toContain('Bulk jobs 5 jobs');
});
