import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../config/folder.js';
import { EXECUTABLE, sfreplay, startSfreplay, statusOf } from './executable.js';

const line = '{"topic":"accounts","data":{"Name":"Acme"}}\n';
const map = ['--map', 'accounts=Account:insert'];
const org = { SALESFORCE_ORG_URL: 'http://127.0.0.1:1', SALESFORCE_ACCESS_TOKEN: 'a-token-of-ours' };

describe('help and version', () => {
  it.each(['--version', '-V'])('%s prints the version alone', async (flag) => {
    const { status, stdout, stderr } = await sfreplay([flag], { cwd: folderWith({}) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    ['--help'],
    ['-h'],
    ['replay', '--help'],
    ['retry', '--help'],
    ['check', '--help'],
    ['demo', '--help'],
    ['emulator', '--help'],
    ['completion', '--help'],
    ['schema', '--help'],
    ['help', 'check'],
  ])('%s %s shows an example', async (...words) => {
    const { status, stdout, stderr } = await sfreplay(words, { cwd: folderWith({}) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/\nExamples?:\n {2}\$ /);
  });
});

describe('usage errors', () => {
  it.each<[string[], string]>([
    [['--mapp', 'x'], "error: unknown option '--mapp'\n(Did you mean --map?)"],
    [['check', '--ofline'], "error: unknown option '--ofline'\n(Did you mean --offline?)"],
    [
      ['--access-token=00Dxx-HUSH', 'dump.ndjson'],
      "error: unknown option '--access-token'\n(Other users can see a command line, so no flag takes a secret: use the variable SALESFORCE_ACCESS_TOKEN.)",
    ],
    [
      ['check', '--client-secret', 'HUSH'],
      "unknown option '--client-secret'\n(Other users can see a command line, so no flag takes a secret: use --client-secret-file FILE, or the variable SALESFORCE_CLIENT_SECRET.)",
    ],
    [['--nonsense=HUSH'], "error: unknown option '--nonsense'\n"],
    [['-xHUSH'], "error: unknown option '-x'\n"],
    [['--progress', 'https://u:HUSH@h/\u001b[2J'], "argument 'https://***@h/␛[2J' is invalid."],
    [
      ['help', 'chekc'],
      'There is no topic or command "chekc". Did you mean "check"?\n  hint: Topics: configuration, input, ',
    ],
    [['--config'], "error: option '-c, --config <file>' argument missing"],
    [['--progress', 'loud'], 'Allowed choices are auto, spinner, plain, none.'],
    [['demo', 'x'], "error: too many arguments for 'demo'"],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish.'],
    [['completion'], "error: missing required argument 'shell'"],
    [['emulator', '--port', '70000'], 'Expected an integer from 0 to 65535.'],
    [['emulator', '--latency', '5'], 'Expected a duration such as 500ms, 5s or 1m30s.'],
    [['emulator', '--fault', 'nonsense'], 'The fault "nonsense" is not valid'],
    [['emulator', '--describe', 'missing.json'], 'Cannot read the describe document missing.json'],
    [['missing.ndjson'], 'Cannot read missing.ndjson: no such file.'],
    [['folder'], 'folder'],
    [['chekc'], 'Did you mean "sfreplay check"? The command comes before its flags.'],
    [['-q', 'check', 'dump.ndjson'], 'Did you mean "sfreplay check"? The command comes before its flags.'],
    [['dump.ndjson'], 'There is no configuration: no file was found and no --map is given.'],
    [['-c', 'missing.yaml', 'dump.ndjson'], 'Cannot read the configuration: there is no file missing.yaml.'],
    [[...map, '--topic', 'leads', 'dump.ndjson'], '--topic leads has no mapping, so no line could be sent.'],
    [
      [...map, '--topic', 'accounts', '--envelope', 'kcat', 'dump.ndjson'],
      '--topic says that the lines are bare records',
    ],
    [[...map, '--failures', 'dump.ndjson', 'dump.ndjson'], 'writing it would destroy the input'],
    [[...map, '--max-in-flight', '0', 'dump.ndjson'], 'expected an integer of at least 1, or auto; found "0"'],
  ])('%j', async (words, message) => {
    const cwd = folderWith({ 'dump.ndjson': line, 'folder/x': '' });
    const { status, stdout, stderr } = await sfreplay(words, { cwd, environment: org });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n {4}at |HUSH/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('where there is no configuration, tells how to have one', async () => {
    const { stderr } = await sfreplay(['dump.ndjson'], { cwd: folderWith({ 'dump.ndjson': line }) });
    expect(stderr).toMatch(
      /\n {2}hint: Write one with sfreplay init, name one with --config FILE, or give the mappings with --map /,
    );
  });

  it('tells every mistake of file, flags and environment at once, and no secret', async () => {
    const cwd = folderWith({
      '.sfreplayrc':
        'client_secret: hush-hush-hush\nclient_idd: x\ntopic_mappings: [{topic: a, sobject: A, mode: bluk}]\n',
      'dump.ndjson': line,
    });
    const words = ['--request-timeout', '5', '--map', 'b', 'dump.ndjson'];
    const environment = { SALESFORCE_ORG_URL: 'http://acme.my.salesforce.com' };
    const { status, stderr } = await sfreplay(words, { cwd, environment });
    expect(status).toBe(2);
    for (const part of [
      'There are 7 mistakes in the configuration (.sfreplayrc).',
      'unknown key. Did you mean "client_id"?',
      'expected one of realtime, bulk; found "bluk". Did you mean "bulk"?',
      'expected a duration with its unit, such as 5s; found "5"',
      'found no "=" between the topic and the sObject',
      'expected https, since a token must not be sent unencrypted',
    ]) {
      expect(stderr).toContain(part);
    }
    expect(stderr).not.toContain('hush');
  });

  it('shows where an error came from when asked', async () => {
    const environment = { SFREPLAY_DEBUG: '1' };
    const { stderr } = await sfreplay(['-c', 'missing.yaml'], { cwd: folderWith({}), environment });
    expect(stderr).toMatch(/\n {4}at /);
  });
});

describe('standard input', () => {
  const offline = ['check', '--offline', ...map];

  it.each<[string[], string]>([
    [offline, 'sfreplay: warning: Standard input was not read. To read it: sfreplay check -\n'],
    [
      ['init'],
      'sfreplay: warning: Standard input was not read. To read it, remove .sfreplayrc.yaml and run: sfreplay init -\n',
    ],
  ])('that was piped into %j is told not to be read', async (words, warning) => {
    const { status, stderr } = await sfreplay(words, { cwd: folderWith({}), stdin: line });
    expect({ status, stderr }).toEqual({ status: 0, stderr: warning });
  });

  it.each([[offline], [['init']]])('that is not there is not spoken of by %j', async (words) => {
    const { status, stderr } = await sfreplay(words, { cwd: folderWith({}) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    [[...offline, '-'], '1 line'],
    [['init', '-'], 'accounts → Account'],
    [['--dry-run', ...map, '--unwritable', 'send'], ''],
  ])('is read by %j', async (words, shown) => {
    const { stdout, stderr } = await sfreplay(words, { cwd: folderWith({}), stdin: line });
    expect(stdout).toContain(shown);
    expect(stderr).not.toContain('Standard input was not read');
  });
});

describe('on a terminal', () => {
  /** On a pseudo-terminal, which `script` makes. */
  function typed(words: string): { status: number | null; text: string } {
    const { status, stdout } = spawnSync(
      'script',
      ['-qec', `${process.execPath} ${EXECUTABLE} ${words}`, '/dev/null'],
      {
        cwd: folderWith({}),
        env: { PATH: process.env.PATH, NO_COLOR: '1', TERM: 'xterm' },
        encoding: 'utf8',
        timeout: 100_000,
      },
    );
    return { status, text: stdout.replaceAll('\r', '') };
  }

  it('sfreplay alone prints its help', () => {
    const { status, text } = typed('');
    expect(status).toBe(0);
    expect(text).toMatch(/^Usage: sfreplay \[command\] \[options\] \[files\.\.\.\]\n/);
    expect(text).toContain('Exit status:\n  0    every mapped record was written\n');
  });

  it.each(['-q', 'replay', '--dry-run', '--map a=Account:insert'])('sfreplay %s needs a file', (words) => {
    expect(typed(words)).toEqual({
      status: 2,
      text: 'sfreplay: error: No file is named, and standard input is a terminal.\n  hint: Name the files to replay, pipe lines in, or give - to type them.\n',
    });
  });

  it('errors are broken between words', () => {
    const { status, text } = typed('--map accounts=Account:upsertt -');
    expect(status).toBe(2);
    expect(text).toContain(
      '\n    --map accounts=Account:upsertt  operation: expected one of insert, update,\n                                    upsert, delete; found "upsertt". Did you\n',
    );
    expect(text.split('\n').filter((one) => one.length > 80)).toEqual([]);
  });
});

describe('check --offline', () => {
  it('prints its report on standard output, and nothing else', async () => {
    const words = ['check', '--offline', ...map, '--json', '-'];
    const { status, stdout, stderr } = await sfreplay(words, { cwd: folderWith({}), stdin: line });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      exit_code: 0,
      org: null,
      topics: [{ topic: 'accounts', would_send: 1 }],
    });
  });

  it('is content with a reader that goes away', async () => {
    const child = startSfreplay(['check', '--offline', ...map, '-'], { cwd: folderWith({}) });
    child.stdout?.destroy();
    child.stdin?.end(line);
    let stderr = '';
    child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
    expect(await statusOf(child)).toBe(0);
    expect(stderr).toBe('');
  });
});

describe('emulator', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('says where it is on its first line, and ends on %s', async (signal, status) => {
    const child = startSfreplay(['emulator'], { cwd: folderWith({}) });
    const ended = statusOf(child);
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
    const first = JSON.parse(chunk.toString()) as Record<string, string>;
    expect(Object.keys(first)).toEqual(['url', 'client_id', 'client_secret']);
    expect((await fetch(`${String(first.url)}/services/data`)).status).toBe(200);
    child.kill(signal);
    expect(await ended).toBe(status);
  });

  it('says that a port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { status, stderr } = await sfreplay(['emulator', '--port', String(port)], { cwd: folderWith({}) });
    server.close();
    expect(status).toBe(2);
    expect(stderr).toContain(`Port ${port} is in use.`);
  });
});
