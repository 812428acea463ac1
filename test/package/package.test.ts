import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readVersion } from '../../src/core/version.js';
import { Emulator } from '../../src/emulator/index.js';
import { blocks, REPOSITORY } from '../docs/readme.js';
import { fetchToolchains, npm, run, type Toolchain } from './toolchain.js';

const SOURCES = ['bin', 'src', 'fixtures', '.config', '.npmrc', 'tsconfig.json', 'package.json'];
const TEXTS = ['README.md', 'CHANGELOG.md', 'LICENSE'];
const ALLOWED = [
  /^bin\/sfreplay\.js$/,
  /^dist\/[\w./-]+\.(js|d\.ts)$/,
  /^dist\/cli\/help\/[a-z-]+\.md$/,
  /^dist\/cli\/completion\/sfreplay\.(bash|fish|zsh)$/,
  /^dist\/emulator\/data\/(sobjects\/)?\w+\.json$/,
  /^dist\/(schema\.json|sfreplay\.1|page\/page\.css)$/,
  /^fixtures\/demo\/[\w.-]+$/,
  /^package\.json$/,
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
];
const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
  man: unknown;
  scripts: Record<string, string>;
};
const dump = `${JSON.stringify({ topic: 'crm.accounts', data: { External_Id__c: 'A-1', Name: 'Corvo' } })}\n`;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

// The slowest of all tests, since it does what a user's machine does.
const toolchains = await fetchToolchains();
const name =
  typeof toolchains === 'string' ? `the package: left out, because ${toolchains}` : 'the package, built anew,';

describe.skipIf(typeof toolchains === 'string')(name, () => {
  const tried = typeof toolchains === 'string' ? [] : toolchains;
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-package-'));
  let packed: Packed;

  beforeAll(async () => {
    const source = join(folder, 'source');
    mkdirSync(source);
    for (const path of [...SOURCES, ...TEXTS]) cpSync(join(REPOSITORY, path), join(source, path), { recursive: true });
    symlinkSync(join(REPOSITORY, 'node_modules'), join(source, 'node_modules'));
    // What an earlier build has left does not get into the package.
    mkdirSync(join(source, 'dist'));
    writeFileSync(join(source, 'dist/forgotten.js'), '');
    const [first] = tried;
    const { status, stdout, stderr } = await npm(first!, ['pack', '--json', '--pack-destination', folder], source);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [Packed];
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }), 120_000);

  it('is small, and holds only what runs or is read', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => !ALLOWED.some((form) => form.test(path)))).toEqual([]);
    expect(paths).not.toContain('dist/forgotten.js');
    expect(paths).toEqual(
      expect.arrayContaining([
        ...TEXTS,
        'bin/sfreplay.js',
        'dist/cli/main.js',
        'dist/index.d.ts',
        'dist/emulator/index.d.ts',
        'dist/emulator/data/sobjects/Account.json',
        'dist/schema.json',
        'dist/sfreplay.1',
        'fixtures/demo/leads.ndjson.gz',
      ]),
    );
    expect(packed.size).toBeLessThan(600_000);
    // Only of a list does npm make pages that "man" finds.
    expect(manifest.man).toEqual(['./dist/sfreplay.1']);
  });

  // npm runs them where the package is installed, or warns of them; "prepare" is among those it warns of.
  it('has no script that runs at its installation', () => {
    const scripts = ['preinstall', 'install', 'postinstall', 'prepare'];
    expect(Object.keys(manifest.scripts).filter((script) => scripts.includes(script))).toEqual([]);
  });

  describe.each(tried)('with $name', (toolchain: Toolchain) => {
    const home = mkdtempSync(join(folder, 'home-'));
    const npx = (words: readonly string[], options: { environment?: Record<string, string>; stdin?: string } = {}) =>
      run(toolchain, toolchain.node, [join(toolchain.npm, 'bin/npx-cli.js'), '--no-install', 'sfreplay', ...words], {
        cwd: home,
        ...options,
      });

    beforeAll(async () => {
      // The search for a configuration ends here.
      mkdirSync(join(home, '.git'));
      writeFileSync(join(home, 'package.json'), '{"private":true,"type":"module"}');
      const { status, stderr } = await npm(toolchain, ['install', join(folder, packed.filename)], home);
      expect({ status, stderr }).toEqual({
        status: 0,
        stderr: expect.not.stringMatching(/EBADENGINE|sfreplay/) as string,
      });
    });

    it('has few dependencies', () => {
      const modules = readdirSync(join(home, 'node_modules')).filter((one) => !one.startsWith('.'));
      expect(modules.length).toBeLessThan(60);
    });

    it('tells its version, and shows the demo', async () => {
      expect(await npx(['--version'])).toMatchObject({ status: 0, stdout: `${readVersion()}\n`, stderr: '' });
      const demo = await npx(['demo']);
      expect(demo.status).toBe(0);
      expect(demo.stdout).toMatch(/^✖ 115 of 125 records written in /m);
    });

    it('replays what is piped in, and names its schema in a configuration', async () => {
      const emulator = await Emulator.start();
      onTestFinished(() => emulator.stop());
      const environment = { SALESFORCE_ORG_URL: emulator.url, SALESFORCE_ACCESS_TOKEN: emulator.issueToken() };
      const map = ['--map', 'crm.accounts=Account:upsert:External_Id__c'];
      const { status, stdout } = await npx([...map, '--json'], { environment, stdin: dump });
      expect({ status, summary: JSON.parse(stdout) as unknown }).toMatchObject({
        status: 0,
        summary: { totals: { succeeded: 1 } },
      });
      expect(emulator.records('Account')).toHaveLength(1);
      expect((await npx(['init'])).status).toBe(0);
      const reference = '# yaml-language-server: $schema=./node_modules/sfreplay/dist/schema.json';
      expect(readFileSync(join(home, '.sfreplayrc.yaml'), 'utf8')).toContain(`${reference}\n`);
    });

    it('is a library, with types', async () => {
      const emulator = await Emulator.start();
      onTestFinished(() => emulator.stop());
      const example = blocks('ts').find((block) => !block.includes('sfreplay/emulator')) ?? '';
      writeFileSync(join(home, 'example.ts'), example);
      writeFileSync(join(home, 'dump.ndjson'), dump);
      const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
      const types = ['--types', 'node', '--typeRoots', join(REPOSITORY, 'node_modules/@types')];
      const flags = '--strict --skipLibCheck --module nodenext --target es2023'.split(' ');
      const compiled = await run(toolchain, toolchain.node, [compiler, ...flags, ...types, 'example.ts'], {
        cwd: home,
      });
      expect(compiled).toMatchObject({ status: 0, stdout: '' });
      const environment = {
        SALESFORCE_ORG_URL: emulator.url,
        SALESFORCE_CLIENT_ID: emulator.clientId,
        SALESFORCE_CLIENT_SECRET: emulator.clientSecret,
      };
      const ended = await run(toolchain, toolchain.node, ['example.js'], { cwd: home, environment });
      expect(ended).toEqual({ status: 0, stdout: '1 of 1 written\n', stderr: '' });
    });
  });
});
