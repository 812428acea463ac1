import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from '../config/folder.js';
import { ProgramFolder } from '../docs/program-folder.js';
import { sfreplay } from './executable.js';

function demoFolder(temporary: string): string {
  const [name, ...others] = readdirSync(temporary).filter((entry) => entry.startsWith('sfreplay-demo-'));
  expect(others).toEqual([]);
  return join(temporary, name ?? 'none');
}

test('shows every operation, both modes, and failures of many kinds, and exits with 0', async () => {
  const cwd = folderWith({});
  const { status, stdout } = await sfreplay(['demo'], { cwd, environment: { TMPDIR: cwd } });
  expect(status).toBe(0);
  const rows = stdout.split('\n').map((line) =>
    line
      .split(/\s{2,}/)
      .slice(0, 4)
      .join(' '),
  );
  expect(rows).toEqual(
    expect.arrayContaining([
      'crm.accounts Account upsert realtime',
      'crm.contacts Contact upsert bulk',
      'billing.invoices Invoice__c upsert bulk',
      'web.leads Lead insert bulk',
      'support.cases Case update realtime',
      'support.tasks Task delete bulk',
    ]),
  );
  expect(stdout).toContain('115 of 125 records written');
  expect(stdout).toMatch(/Dropped fields.*\n {2}crm\.accounts {2}CreatedDate \(14\)\n/);
  expect(stdout).toContain('Unmapped   1 line of topics without a mapping, skipped');

  const letters = readFileSync(join(demoFolder(cwd), 'failed.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  const codes = letters.map((line) => (JSON.parse(line) as { error: { code: string } }).error.code);
  expect(codes.sort()).toEqual([
    'DUPLICATE_VALUE',
    'INVALID_CROSS_REFERENCE_KEY',
    'INVALID_FIELD',
    'INVALID_JSON',
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    'JSON_PARSER_ERROR',
    'MISSING_KEY',
    'REQUIRED_FIELD_MISSING',
    'REQUIRED_FIELD_MISSING',
    'REQUIRED_FIELD_MISSING',
  ]);
});

test("takes no notice of the user's org, proxy and configuration", async () => {
  const cwd = folderWith({ '.sfreplayrc.yaml': 'org_url: nonsense\n' });
  const unreachable = 'http://127.0.0.1:1';
  const { status, stdout, stderr } = await sfreplay(['demo'], {
    cwd,
    environment: {
      TMPDIR: cwd,
      SALESFORCE_ORG_URL: unreachable,
      SALESFORCE_ACCESS_TOKEN: 'not-for-the-demo',
      HTTP_PROXY: unreachable,
      HTTPS_PROXY: unreachable,
      NODE_USE_ENV_PROXY: '1',
    },
  });
  expect(status).toBe(0);
  expect(stdout).toContain('115 of 125 records written');
  expect(stdout + stderr).not.toMatch(/warn|nonsense|not-for-the-demo/i);
});

test('what it says to type next works', async () => {
  const folder = new ProgramFolder({});
  const environment = { TMPDIR: folder.path };
  const { stdout } = await folder.run('sfreplay', ['demo'], environment);
  const next = stdout.slice(stdout.indexOf('\nNext\n'));
  const commands = [...next.matchAll(/^ {2}\$ (.*)$/gm)].map(([, command = '']) => command);
  expect(commands).toHaveLength(4);
  for (const command of commands) {
    // The emulator runs until it is stopped, and ends with the status of that signal.
    const untilReady = `exec 3< <(exec ${command}); head -n 1 <&3; kill $!; wait $! || test $? = 143`;
    const ended = await folder.shell(command.endsWith('emulator') ? untilReady : command, environment);
    expect({ command, status: ended.status, stderr: ended.stderr }).toEqual({ command, status: 0, stderr: '' });
    expect(ended.stdout).not.toBe('');
  }
});

test('calls itself as npm found it', async () => {
  const cwd = folderWith({});
  const { stdout } = await sfreplay(['demo'], { cwd, environment: { TMPDIR: cwd, npm_command: 'run-script' } });
  expect(stdout).toContain('\n  $ npx sfreplay --help\n');
});

test('says what is missing where it can make no folder', async () => {
  const cwd = folderWith({});
  const { status, stdout, stderr } = await sfreplay(['demo'], { cwd, environment: { TMPDIR: join(cwd, 'missing') } });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('The demo cannot make a folder for its files: ENOENT');
  expect(stderr).toContain('TMPDIR');
});
