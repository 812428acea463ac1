import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { account, linesOf, stage } from '../cli/stage.js';
import type { Summary } from '../../src/accounting/summary.js';
import { Emulator } from '../../src/emulator/index.js';
import { ProgramFolder } from './program-folder.js';
import { blocks, consoleBlock } from './readme.js';

const yaml = blocks('yaml');
const holding = (text: string): string => {
  const found = yaml.filter((block) => block.includes(text));
  expect(found, text).toHaveLength(1);
  return found[0]!;
};

describe('the configuration of a recipe works:', () => {
  test('a compacted Kafka topic', async () => {
    const lines = [
      account('A-1'),
      account('A-1', { Phone: '2' }),
      { topic: 'accounts', key: 'A-1', data: null },
      account('A-2'),
    ];
    const scene = await stage(lines.map((line) => ({ ...line, topic: 'crm.accounts' })));
    scene.write('sfreplay.yaml', holding('tombstones: delete'));
    const { status, topic } = await scene.runJson([
      '-c',
      'sfreplay.yaml',
      '--bulk-poll-interval',
      '50ms',
      'dump.ndjson',
    ]);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ succeeded: 3, superseded: 1, mode: 'bulk' });
    expect(scene.org.records('Account')).toHaveLength(1);
  });

  test('parents and children', async () => {
    const child = { External_Id__c: 'C-1', LastName: 'x', Account: { External_Id__c: 'A-1' } };
    const scene = await stage([
      { topic: 'crm.contacts', data: child },
      { ...account('A-1'), topic: 'crm.accounts' },
    ]);
    scene.write('sfreplay.yaml', holding('depends_on: ['));
    const { status } = await scene.runJson(['-c', 'sfreplay.yaml', 'dump.ndjson']);
    expect(status).toBe(0);
    expect(scene.org.records('Contact')).toHaveLength(1);
  });
});

test('an Indexed Job has a shard for each of its pods', () => {
  const job = parse(holding('completionMode: Indexed')) as {
    spec: { completions: number; template: { spec: { containers: { args: string[] }[] } } };
  };
  const { completions, template } = job.spec;
  expect(template.spec.containers[0]!.args[0]).toContain(`--shard $((JOB_COMPLETION_INDEX + 1))/${completions} `);
});

test('a CI matrix has a job for each of its shards', () => {
  const { jobs } = parse(holding('matrix:')) as {
    jobs: { replay: { strategy: { matrix: { shard: number[] } }; steps: { run?: string }[] } };
  };
  const { shard } = jobs.replay.strategy.matrix;
  expect(shard).toEqual(shard.map((_, i) => i + 1));
  const [run] = jobs.replay.steps.flatMap((step) => (step.run?.startsWith('sfreplay ') === true ? [step.run] : []));
  expect(run).toContain(`--shard \${{ matrix.shard }}/${shard.length} `);
});

describe('seeding a sandbox from CI', () => {
  type Step = { name?: string; run?: string; uses?: string; with?: { path?: string } };
  const { jobs } = parse(holding('name: Seed UAT')) as { jobs: { seed: { env: object; steps: Step[] } } };
  const { env, steps } = jobs.seed;
  const commands = steps.flatMap(({ name, run }) => (name === undefined || run === undefined ? [] : [run]));

  /** Runs the steps as GitHub does, one after the other until one fails. */
  async function seed(accounts: readonly object[]) {
    const emulator = await Emulator.start();
    onTestFinished(() => emulator.stop());
    const folder = new ProgramFolder({ '.sfreplayrc.yaml': yaml[0]! });
    mkdirSync(join(folder.path, 'seed'));
    const lines = accounts.map((data) => ({ topic: 'crm.accounts', data }));
    writeFileSync(join(folder.path, 'seed/accounts.ndjson'), linesOf(lines));
    const stepSummary = join(folder.path, 'step.md');
    const values = [emulator.url, emulator.clientId, emulator.clientSecret];
    const environment = Object.fromEntries(Object.keys(env).map((name, i) => [name, values[i]!]));
    const statuses: (number | null)[] = [];
    for (const command of commands) {
      const ended = await folder.shell(command, {
        ...environment,
        ...{ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: stepSummary },
      });
      statuses.push(ended.status);
      if (ended.status !== 0) break;
    }
    return { emulator, folder, statuses, summary: readFileSync(stepSummary, 'utf8') };
  }

  test('the variables of the environment are the three of a sign-in', () => {
    expect(Object.keys(env)).toEqual(['SALESFORCE_ORG_URL', 'SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET']);
    expect(commands).toHaveLength(2);
  });

  test('good records arrive', async () => {
    const { emulator, statuses, summary, folder } = await seed([{ External_Id__c: 'A-1', Name: 'Corvo' }]);
    expect(statuses).toEqual([0, 0]);
    expect(emulator.records('Account')).toHaveLength(1);
    expect(summary.match(/^### .*/gmu)).toEqual([
      '### ✅ sfreplay check: A replay would write 1 of 1 record',
      expect.stringMatching(/^### ✅ sfreplay: 1 of 1 record written in /u),
    ]);
    expect(existsSync(join(folder.path, 'failed.ndjson'))).toBe(false);
  });

  test('what would certainly fail ends the job before anything is written', async () => {
    const { emulator, statuses, summary } = await seed([{ External_Id__c: 'A-1', Name: 'Corvo' }, { Name: 'no key' }]);
    expect(statuses).toEqual([1]);
    expect(emulator.records('Account')).toEqual([]);
    expect(summary).toContain('`MISSING_KEY`');
  });

  test('what the org alone finds is kept for the artifact', async () => {
    const { statuses, folder } = await seed([{ External_Id__c: 'A-1', Name: 'Corvo' }, { External_Id__c: 'A-2' }]);
    expect(statuses).toEqual([0, 1]);
    const { path } = steps.at(-1)?.with ?? {};
    expect(path?.trim().split('\n')).toEqual(['summary.json', 'failed.ndjson']);
    for (const name of path?.trim().split('\n') ?? []) {
      expect(readFileSync(join(folder.path, name), 'utf8'), name).toContain('REQUIRED_FIELD_MISSING');
    }
  });
});

/** The only shell block that holds the text. */
const shellHolding = (text: string): string => {
  const found = blocks('sh').filter((block) => block.includes(text));
  expect(found, text).toHaveLength(1);
  return found[0]!;
};

test('a backfill that was stopped goes on by the same command', async () => {
  const script = shellHolding('--journal backfill.journal --failures');
  const emulator = await Emulator.start({ faults: ['limit-total:on=collections:nth=2'] });
  onTestFinished(() => emulator.stop());
  const accounts = Array.from({ length: 300 }, (_, i) => ({ ...account(`A-${i}`), topic: 'crm.accounts' }));
  const folder = new ProgramFolder({ '.sfreplayrc.yaml': yaml[0]!, 'dump.ndjson': linesOf(accounts) });
  const environment = {
    SALESFORCE_ORG_URL: emulator.url,
    SALESFORCE_CLIENT_ID: emulator.clientId,
    SALESFORCE_CLIENT_SECRET: emulator.clientSecret,
  };
  const first = await folder.shell(script, environment);
  expect(first.status, first.stdout).toBe(3);
  expect(emulator.records('Account')).toHaveLength(200);
  const second = await folder.shell(script, environment);
  expect(second.status, second.stderr).toBe(0);
  expect(second.stdout).toMatch(/^Resumed +200 /mu);
  expect(emulator.records('Account')).toHaveLength(300);
});

test('a comparison is shown as it is printed', async () => {
  const { command, output } = consoleBlock('sfreplay diff dump.ndjson');
  const names = ['Corvo', 'Corvo Têxteis', 'Dias'];
  const dump = (last: readonly string[]): object[] =>
    last.map((Name, i) => ({ topic: 'crm.accounts', data: { External_Id__c: `A-${i + 1}`, Name } }));
  const scene = await stage(dump(names));
  scene.write('.sfreplayrc.yaml', yaml[0]!);
  scene.writeLines('before.ndjson', dump(['Corvo', 'Corvo']));
  expect((await scene.run(['before.ndjson'])).status).toBe(0);
  const words = command.split(' ').slice(1);
  const plain = (text: string): string =>
    text
      .replace(/^Org .*$/m, 'Org')
      .replace(/^(Input +3 lines), \d+ B/m, '$1')
      .replace(/^API calls .*$/m, 'API calls')
      .replace(/^Time .*$/m, 'Time');
  const before = await scene.run(words);
  expect(before.status).toBe(1);
  expect(plain(before.stdout)).toBe(plain(output));
  expect((await scene.run(['dump.ndjson'])).status).toBe(0);
  expect((await scene.run(words)).status).toBe(0);
});

test('a rehearsal knows the fields of the org', async () => {
  const [begin, go] = [shellHolding('--describe account.json'), shellHolding('rehearsed.ndjson')];
  const emulator = await Emulator.start();
  onTestFinished(() => emulator.stop());
  const lines = [{ topic: 'crm.accounts', data: { External_Id__c: 'A-1', Name: 'Corvo', Region__c: 'South' } }];
  const files = {
    '.sfreplayrc.yaml': yaml[0]!,
    'dump.ndjson': linesOf(lines),
    'org/Account.json': await describeOf(emulator, 'Account', ['Region__c']),
    'org/Contact.json': await describeOf(emulator, 'Contact', []),
  };
  const folder = new ProgramFolder(files, { sf: 'cat "org/$4.json"' });
  // What a person does in two terminals; another test may have the port.
  const script = `${begin.trimEnd().replace('--port 8090', '--port 0')} > emulator.json &
    trap 'kill $!' EXIT
    until test -s emulator.json; do sleep 0.05; done
    url=$(node -p 'JSON.parse(fs.readFileSync("emulator.json", "utf8")).url')
    ${go.replace('http://127.0.0.1:8090', '"$url"').replace('sfreplay ', 'sfreplay --json ')}`;
  const ended = await folder.shell(script, {});
  expect(ended.status, ended.stderr).toBe(0);
  const { totals, topics } = JSON.parse(ended.stdout) as Summary;
  expect(totals).toMatchObject({ read: 1, succeeded: 1 });
  expect(topics[0]?.dropped_fields).toEqual({});
});

/** What `sf sobject describe --json` prints of an org that has these text fields, too. */
async function describeOf(emulator: Emulator, sobject: string, fields: readonly string[]): Promise<string> {
  const response = await fetch(new URL(`/services/data/v65.0/sobjects/${sobject}/describe`, emulator.url), {
    headers: { authorization: `Bearer ${emulator.issueToken()}` },
  });
  const result = (await response.json()) as { fields: { name: string }[] };
  const site = result.fields.find(({ name }) => name === 'Site' || name === 'Title');
  result.fields.push(...fields.map((name) => ({ ...site, name })));
  return JSON.stringify({ status: 0, result, warnings: [] });
}

test('the flags of all recipes exist', () => {
  const flags = yaml.join('\n').match(/(?<= )--(?!global)[a-z][a-z-]+/g) ?? [];
  // The help of replay stands in the reference as it is printed.
  const known = consoleBlock('sfreplay replay --help').output;
  expect(flags.length).toBeGreaterThan(4);
  for (const flag of flags) expect(known).toContain(`${flag} `);
});
