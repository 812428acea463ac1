import { describe, expect, it } from 'vitest';
import type { Summary } from '../../../src/accounting/summary.js';
import { account, stage, UPSERT_ACCOUNTS, type Stage } from '../stage.js';

const GOOD_AND_BAD = [
  account('A-1'),
  { topic: 'accounts', data: { External_Id__c: 'A-2' } },
  'nonsense',
  { topic: 'accounts', data: { Name: 'without a key' } },
];
const ANNOTATIONS = [
  '::error file=seed/dump.ndjson,line=2,title=REQUIRED_FIELD_MISSING%3A 1 record of accounts::' +
    'Required fields are missing: [Name] (seed/dump.ndjson:2)\n',
  '::error file=seed/dump.ndjson,line=4,title=MISSING_KEY%3A 1 record of accounts::' +
    'upsert needs External_Id__c; the record has none (seed/dump.ndjson:4)\n',
  "::error file=seed/dump.ndjson,line=3,title=INVALID_JSON%3A 1 line::not JSON: JSON value expected but got 'n' at " +
    'column 1 (seed/dump.ndjson:3)\n',
];

async function seeded(): Promise<Stage> {
  const scene = await stage();
  scene.writeLines('seed/dump.ndjson', GOOD_AND_BAD);
  return scene;
}

const onGitHub = (scene: Stage, more: Record<string, string> = {}): Record<string, string> => ({
  ...scene.signIn,
  ...{ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: scene.path('step.md') },
  ...more,
});

describe('on GitHub Actions', () => {
  it('a comparison adds to it as well, and annotates what differs', async () => {
    const scene = await stage([account('A-1', { Name: 'old' })]);
    scene.writeLines('new.ndjson', [account('A-1', { Name: 'new' })]);
    expect((await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'])).status).toBe(0);
    const words = ['diff', '-q', ...UPSERT_ACCOUNTS, 'new.ndjson'];
    const { status, stderr } = await scene.run(words, { environment: onGitHub(scene) });
    const annotation =
      '::warning file=new.ndjson,line=1,title=Name differs%3A 1 key of accounts::A-1 (new.ndjson line 1)\n';
    expect([status, stderr]).toEqual([1, annotation]);
    expect(scene.read('step.md')).toContain('1 of 1 key differs from the org: 1 to update');
  });

  it('a replay adds to the summary of the step, and annotates what failed', async () => {
    const scene = await seeded();
    scene.write('step.md', 'What an earlier command wrote');
    const words = [...UPSERT_ACCOUNTS, '-q', '--failures', 'failed.ndjson', 'seed/dump.ndjson'];
    const { status, stdout, stderr } = await scene.run(words, { environment: onGitHub(scene) });
    expect([status, stderr]).toEqual([1, ANNOTATIONS.join('')]);
    expect(stdout).toMatch(/^✖ 1 of 3 records written/u);
    const markdown = scene.read('step.md');
    expect(markdown).toMatch(/^What an earlier command wrote\n### ❌ sfreplay: 1 of 3 records written in /u);
    expect(markdown).toContain('| `accounts` | `Account` | `upsert` | `realtime` | 3 | 1 | 2 | 0 |');
    expect(markdown).toContain('| `MISSING_KEY` | 1 | `accounts` | `seed/dump.ndjson:4` |');
    const retry = 'sfreplay retry --map accounts=Account:upsert:External_Id__c -q failed.ndjson';
    expect(markdown.endsWith(`\`\`\`sh\n${retry}\n\`\`\`\n`)).toBe(true);
  });

  it('the document of --json has neither files nor commands in it', async () => {
    const scene = await stage([{ topic: 'x ##[error]y', data: {} }, account('A-1')]);
    const words = [...UPSERT_ACCOUNTS, '--map', 'x ##[error]y=Lead:insert', '--json', 'dump.ndjson'];
    const { stdout } = await scene.run(words, { environment: onGitHub(scene) });
    expect(stdout).not.toContain('##[');
    const { topics } = JSON.parse(stdout) as Summary;
    expect(topics.map(({ topic }) => topic)).toEqual(['accounts', 'x ##[error]y']);
    expect(Object.keys(topics[1]!.errors[0]!)).toEqual(['code', 'count', 'example', 'file', 'line']);
    expect(scene.read('step.md')).toContain('`x ##[error]y`');
  });

  it('foreign text gives no commands in the summary for people', async () => {
    const scene = await stage([account('A-1', { NumberOfEmployees: '::stop-commands::x' })]);
    scene.org.addFault({ kind: 'record-error', code: '##[error]X', message: '::stop-commands::x' });
    const { stdout, stderr } = await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'], {
      environment: onGitHub(scene),
    });
    expect(stdout).not.toMatch(/^\s*::|##\[/mu);
    expect(stderr.match(/^::.*/gmu)).toHaveLength(1);
  });

  it('a check does likewise', async () => {
    const scene = await seeded();
    const words = ['check', ...UPSERT_ACCOUNTS, 'seed/dump.ndjson'];
    const { status, stderr } = await scene.run(words, { environment: onGitHub(scene) });
    const annotations = [
      '::error file=seed/dump.ndjson,line=4,title=MISSING_KEY%3A 1 record of accounts would fail::' +
        'upsert needs External_Id__c; the record has none (seed/dump.ndjson:4)\n',
      '::error file=seed/dump.ndjson,line=3,title=INVALID_JSON%3A 1 line would fail::not JSON: JSON value expected ' +
        "but got 'n' at column 1 (seed/dump.ndjson:3)\n",
      '::warning title=sfreplay check::1 line cannot be read and would go to the failures file\n',
      '::warning file=seed/dump.ndjson,line=2,title=REQUIRED_FIELD_MISSING%3A 1 record of accounts may fail::' +
        'Required fields are missing: [Name], if the record is new (seed/dump.ndjson:2)\n',
    ];
    expect([status, stderr]).toEqual([1, annotations.join('')]);
    expect(scene.read('step.md')).toMatch(/^\n### ❌ sfreplay check: A replay would write 1 of 3 records for certain/u);
  });

  it('files are named by their place in the repository', async () => {
    const scene = await stage();
    scene.writeLines('dump.ndjson', GOOD_AND_BAD.slice(1, 2));
    const inside = onGitHub(scene, { GITHUB_WORKSPACE: scene.path('..') });
    const { stderr } = await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'], { environment: inside });
    expect(stderr).toContain(`file=${scene.folder.split('/').at(-1)!}/dump.ndjson,line=1`);
    const outside = onGitHub(scene, { GITHUB_WORKSPACE: scene.path('elsewhere') });
    const told = await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'], { environment: outside });
    expect(told.stderr).toContain('file=dump.ndjson,line=1');
  });

  it('a run that stops, or does not begin, is told with its reason', async () => {
    const scene = await stage([account('A-1')]);
    scene.org.addFault('limit-total:on=collections');
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'], {
      environment: onGitHub(scene),
    });
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /^sfreplay: error: .*\n::error title=sfreplay stopped::Stopped: .*\(API_LIMIT_EXHAUSTED\)\. 1 record not sent\.\n$/u,
    );
    expect(scene.read('step.md')).toContain('⛔ `Stopped: ');
    const wrong = onGitHub(scene, { SALESFORCE_CLIENT_SECRET: 'wrong' });
    const refused = await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'], { environment: wrong });
    expect(refused.status).toBe(2);
    expect(refused.stderr.split('\n').slice(-2)).toEqual([
      expect.stringMatching(/^::error title=sfreplay::127\.0\.0\.1:\d+ refused the sign-in: .*%0A {2}hint: /u),
      '',
    ]);
  });

  it('a summary of the step that cannot be written is a warning', async () => {
    const scene = await stage([account('A-1')]);
    const environment = onGitHub(scene, { GITHUB_STEP_SUMMARY: scene.path('nowhere/step.md') });
    const { status, stderr } = await scene.run([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson'], { environment });
    expect([status, stderr]).toEqual([
      0,
      `sfreplay: warning: The step summary cannot be written: ENOENT: no such file or directory, open '${scene.path('nowhere/step.md')}'\n`,
    ]);
  });
});

describe('on another CI system', () => {
  it('there are plain lines without colour, and nothing for GitHub', async () => {
    const scene = await seeded();
    const environment = { ...scene.signIn, CI: 'true', GITLAB_CI: 'true', NO_COLOR: '' };
    const { stdout, stderr } = await scene.run([...UPSERT_ACCOUNTS, 'seed/dump.ndjson'], { environment });
    expect(stdout + stderr).not.toContain('\u001B');
    // The first and the last of a short run.
    expect(stderr).toMatch(/^sfreplay: \d s: 0 lines read, .*\nsfreplay: \d s: 4 lines read, .*, 100%\n$/);
    const coloured = await scene.run([...UPSERT_ACCOUNTS, 'seed/dump.ndjson'], {
      environment: { ...environment, FORCE_COLOR: '1' },
    });
    expect(coloured.stdout).toContain('\u001B[');
  });
});
