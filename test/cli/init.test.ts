import { rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { account, linesOf, stage } from './stage.js';

const STARTER = '.sfreplayrc.yaml';

it('writes a configuration that check accepts as it is', async () => {
  const scene = await stage();
  const { status, stdout, stderr } = await scene.run(['init']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Wrote \.sfreplayrc\.yaml with an example mapping\.\n\nNext\n/);
  expect(stdout).toContain('  2. sfreplay check --offline dump.ndjson\n');
  expect(scene.read(STARTER)).toContain('client_secret: ${SALESFORCE_CLIENT_SECRET}');
  // Nothing of this machine: the file is for others, too.
  expect(scene.read(STARTER)).toMatch(/^# Configuration of sfreplay, used in this folder/);
  expect(scene.read(STARTER)).not.toMatch(/file:\/\/|\$schema/);
  expect((await scene.run(['check', '--offline'], { environment: {} })).status).toBe(0);
  expect((await scene.run(['check'])).stdout).toContain('✔ The configuration is valid: 1 topic mapped');
});

it('proposes mappings that a replay can use', async () => {
  const scene = await stage([
    account('A-1'),
    { topic: 'crm.case.v1', data: { Id: '500000000000001', Status: 'Closed' } },
    { topic: 'web.leads', payload: '{"LastName":"Petrov","Company":"Corvo"}' },
    { topic: 'accounts', key: 'A-9', data: null },
    'no JSON',
  ]);
  const { status, stdout } = await scene.run(['init', 'dump.ndjson']);
  expect(status).toBe(0);
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    'Wrote .sfreplayrc.yaml with a mapping for 3 topics.',
    '  accounts → Account upsert by External_Id__c',
    '  crm.case.v1 → Case update',
    '  web.leads → Lead insert',
  ]);
  const text = scene.read(STARTER);
  expect(text).toContain('# Proposed from the 5 lines of 1 file. 1 line could not be read.\n');
  expect(text).toContain('# 1 tombstone (a key without a record): would fail, unless');
  expect(text).toContain("    sobject: Account # check this: guessed from the topic's name\n");
  scene.writeLines('dump.ndjson', [account('A-1'), { topic: 'web.leads', data: { LastName: 'P', Company: 'C' } }]);
  expect((await scene.run(['check', '--offline', 'dump.ndjson'], { environment: {} })).status).toBe(0);
  expect((await scene.run(['-q', 'dump.ndjson'])).status).toBe(0);
  expect(scene.org.records('Lead')).toHaveLength(1);
});

it('proposes fields where the records have other names, with and without an org', async () => {
  const record = { external_id: 'E-1', name: 'Ann', customerNumber: 7, billing_city: 'Rome', createdDate: 'x', foo: 1 };
  const scene = await stage([{ topic: 'crm.accounts', data: record }]);
  const init = async (environment?: Record<string, string>): Promise<string> => {
    const { status, stdout, stderr } = await scene.run(['init', 'dump.ndjson'], environment && { environment });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('  crm.accounts → Account upsert by External_Id__c with fields\n');
    return scene.read(STARTER);
  };
  const usual = ['External_Id__c: external_id', 'Name: name', 'BillingCity: billing_city'];
  expect(await init({})).toContain(usual.map((line) => `      ${line}\n`).join(''));
  expect((await scene.run(['check', '--offline', 'dump.ndjson'], { environment: {} })).status).toBe(0);
  rmSync(scene.path(STARTER));

  const text = await init();
  usual.splice(2, 0, 'Customer_Number__c: customerNumber');
  expect(text).toContain(usual.map((line) => `      ${line}\n`).join(''));
  expect(text).not.toContain('CreatedDate');
  expect(text).toContain('# Not in "fields", since no field has a similar name: foo.');
  expect((await scene.run(['check', 'dump.ndjson'])).status).toBe(0);
  expect((await scene.run(['-q', 'dump.ndjson'])).status).toBe(0);
  expect(scene.org.records('Account')).toMatchObject([
    { External_Id__c: 'E-1', Name: 'Ann', Customer_Number__c: 7, BillingCity: 'Rome' },
  ]);
});

it('says so where the org cannot be asked for its fields', async () => {
  const scene = await stage([{ topic: 'leads', data: { last_name: 'x', company: 'y' } }]);
  const environment = { ...scene.signIn, SALESFORCE_CLIENT_SECRET: 'wrong' };
  const { status, stdout, stderr } = await scene.run(['init', 'dump.ndjson'], { environment });
  expect(status).toBe(0);
  expect(stdout).toContain('  leads → Lead insert with fields\n');
  expect(stderr).toContain('The fields of the org could not be read: ');
  expect(scene.read(STARTER)).toContain('      LastName: last_name\n      Company: company\n');
});

it('names the schema of the sfreplay that is installed there', async () => {
  const scene = await stage();
  scene.write('node_modules/sfreplay/dist/schema.json', '{}');
  expect((await scene.run(['init'])).status).toBe(0);
  expect(scene.read(STARTER)).toMatch(
    /^# yaml-language-server: \$schema=\.\/node_modules\/sfreplay\/dist\/schema\.json\n/,
  );
});

it('lets children wait for the parents that they refer to', async () => {
  const contact = (key: string, parent: object) => ({
    topic: 'contacts',
    data: { External_Id__c: key, LastName: key, ...parent },
  });
  const scene = await stage([
    contact('C-1', { Account: { External_Id__c: 'A-1' } }),
    contact('C-2', { 'Account.External_Id__c': 'A-1' }),
    account('A-1'),
    { topic: 'tasks', data: { Subject: 'x', What: { attributes: { type: 'Account' }, External_Id__c: 'A-1' } } },
    { topic: 'constructor', data: { Name: 'x', constructor: 'y', __proto: 1 } },
  ]);
  const { status, stdout } = await scene.run(['init', 'dump.ndjson']);
  expect(status).toBe(0);
  expect(stdout.split('\n').slice(1, 5)).toEqual([
    '  contacts → Contact upsert by External_Id__c after accounts',
    '  accounts → Account upsert by External_Id__c',
    '  tasks → Task insert after accounts',
    '  constructor → Constructor__c insert',
  ]);
  expect(scene.read(STARTER)).toContain('    depends_on: [accounts] # check this: the records refer to Account\n');
  scene.writeLines('dump.ndjson', [contact('C-1', { Account: { External_Id__c: 'A-1' } }), account('A-1')]);
  scene.write(STARTER, scene.read(STARTER).replaceAll('Constructor__c', 'Invoice__c'));
  const replayed = await scene.runJson(['dump.ndjson']);
  expect(replayed.summary.totals).toMatchObject({ succeeded: 2, failed: 0 });
});

it('never overwrites', async () => {
  const scene = await stage();
  scene.write('.config/sfreplayrc.json', '{}');
  const { status, stdout, stderr } = await scene.run(['init']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('There is a configuration here already: .config/sfreplayrc.json.');
  expect(scene.exists(STARTER)).toBe(false);
});

it('reads bare records, of standard input and compressed too', async () => {
  const scene = await stage();
  scene.write('leads.ndjson.gz', gzipSync('{"LastName":"Petrov","topic":"x"}\n'));
  const { stdout } = await scene.run(['init', '--topic', 'leads', 'leads.ndjson.gz', '-'], {
    stdin: '{"LastName":"Almeida"}\n',
  });
  expect(stdout).toContain('  leads → Lead insert\n');
  expect(stdout).toContain('sfreplay check --offline --topic leads leads.ndjson.gz\n');
  expect(scene.read(STARTER)).toContain('# 2 records with LastName, topic.');
});

it('looks at the beginning of long files only, and says so', async () => {
  const scene = await stage();
  const lines = Array.from({ length: 10_000 }, (_, i) => account(`A-${i}`));
  const stdin = linesOf([...lines, { topic: 'late', data: { Name: 'x' } }]);
  const { status, stdout } = await scene.run(['init', '-'], { stdin });
  expect(status).toBe(0);
  expect(stdout).toContain('  accounts → Account upsert by External_Id__c in bulk\n');
  expect(stdout).not.toContain('late');
  expect(scene.read(STARTER)).toContain(
    '# Proposed from at most the first 10,000 lines of 1 file; later lines were not read.',
  );
});

it('says so where nothing can be proposed', async () => {
  const scene = await stage();
  scene.write('empty.ndjson', '');
  const { status, stdout } = await scene.run(['init', 'empty.ndjson']);
  expect(status).toBe(0);
  expect(stdout).toContain('No line of the files has a topic and a record.\n');
  expect((await scene.run(['check', '--offline'], { environment: {} })).status).toBe(0);
});

it.each([
  [['missing.ndjson'], 'Cannot read missing.ndjson: no such file.'],
  [['cut-off.ndjson.gz'], 'is damaged or cut off'],
  [['--topic', 'leads'], '--topic is for the lines of files, but no file is named.'],
])('writes nothing for %j', async (words, message) => {
  const scene = await stage();
  const whole = gzipSync(linesOf(Array.from({ length: 100 }, (_, i) => account(`A-${i}`))));
  scene.write('cut-off.ndjson.gz', whole.subarray(0, whole.length - 10));
  const { status, stdout, stderr } = await scene.run(['init', ...words]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(scene.exists(STARTER)).toBe(false);
});

it('shows an example with --help', async () => {
  const scene = await stage();
  expect((await scene.run(['init', '--help'])).stdout).toMatch(/\nExamples:\n {2}\$ sfreplay init\n/);
});
