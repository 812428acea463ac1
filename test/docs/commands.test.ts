import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { Emulator } from '../../src/emulator/index.js';
import { ProgramFolder } from './program-folder.js';
import { blocks, REPOSITORY } from './readme.js';

const account = { External_Id__c: 'A-1', Name: 'Corvo Textiles' };
const contact = { External_Id__c: 'C-1', LastName: 'Almeida' };
const lead = { LastName: 'Petrov', Company: 'Corvo Textiles' };
const kcatLine = { topic: 'crm.accounts', partition: 0, offset: 1, key: 'A-1', payload: JSON.stringify(account) };
const rpkLine = { topic: 'crm.contacts', partition: 0, offset: 1, key: 'C-1', value: JSON.stringify(contact) };
const dump = `${JSON.stringify({ topic: 'crm.accounts', data: account })}\n`;
const [configuration = ''] = blocks('yaml');
const [deadLetter = ''] = blocks('ndjson');

/** Stand-ins for programs that a machine may not have; each prints one record, or what is piped in. */
const commands = {
  kcat: `echo '${JSON.stringify(kcatLine)}'`,
  rpk: `echo '${JSON.stringify(rpkLine)}'`,
  'kafka-console-consumer.sh': `echo '${JSON.stringify(lead)}'`,
  jq: 'cat ${3:+"$3"}',
  sf: `case "$*" in
    *show-access-token*) echo "{\\"status\\":0,\\"result\\":{\\"accessToken\\":\\"$EMULATOR_TOKEN\\"}}" ;;
    *show-sfdx-auth-url*) echo "{\\"status\\":0,\\"result\\":{\\"sfdxAuthUrl\\":\\"$EMULATOR_SFDX_URL\\"}}" ;;
    *display*) echo "{\\"status\\":0,\\"result\\":{\\"instanceUrl\\":\\"$SALESFORCE_ORG_URL\\"}}" ;;
  esac`,
};

const pipeline = `
input:
  redpanda: { seed_brokers: [localhost:9092], topics: [crm.accounts], consumer_group: sf }
output:
  salesforce_sink:
    org_url: https://example.my.salesforce.com
    client_id: \${SALESFORCE_CLIENT_ID}
    client_secret: \${SALESFORCE_CLIENT_SECRET}
    topic_mappings:
      - topic: crm.accounts
        sobject: Account
        external_id_field: External_Id__c
`;

const isNpm = (block: string): boolean => block.startsWith('npm ');
/** It runs until it is stopped; the test of the rehearsal does that. */
const isEmulator = (block: string): boolean => block.includes('sfreplay emulator ');
const shellBlocks = blocks('sh');

test.each([...new Set(shellBlocks)].filter((block) => !isNpm(block) && !isEmulator(block)))(
  'works: %s',
  async (block) => {
    const emulator = await Emulator.start({ clientSecret: 'rehearsal' });
    onTestFinished(() => emulator.stop());
    const folder = new ProgramFolder(
      {
        '.sfreplayrc.yaml': configuration,
        'pipeline.yaml': pipeline,
        'dump.ndjson': dump,
        'debezium.ndjson': `${JSON.stringify({ topic: 'crm.people', data: contact })}\n`,
        // As someone would put it right.
        'failed.ndjson': deadLetter.replace('"LastName"', '"Company":"Corvo Textiles","LastName"'),
      },
      commands,
    );
    writeFileSync(join(folder.path, 'dump.ndjson.gz'), gzipSync(dump));
    writeFileSync(
      join(folder.path, 'leads.ndjson.gz'),
      gzipSync(`${JSON.stringify({ topic: 'web.leads', data: lead })}\n`),
    );

    const ended = await folder.shell(block.replace('http://127.0.0.1:8090', emulator.url), {
      SALESFORCE_ORG_URL: emulator.url,
      SALESFORCE_CLIENT_ID: emulator.clientId,
      SALESFORCE_CLIENT_SECRET: emulator.clientSecret,
      EMULATOR_TOKEN: emulator.issueToken(),
      EMULATOR_SFDX_URL: emulator.sfdxAuthUrl,
    });

    expect(ended.status, ended.stdout + ended.stderr).toBe(0);
    const arrived = ['Account', 'Contact', 'Lead'].flatMap((sobject) => emulator.records(sobject));
    const writes = block.replaceAll(/sfreplay check .*/g, '').includes('sfreplay');
    const expected = block.includes('leads.ndjson.gz') ? 2 : 1;
    expect(arrived).toHaveLength(writes ? expected : 0);
  },
);

test('the npm commands are scripts of the package', () => {
  const commands = ['npm ci && npm run demo\n', 'npm ci && npm test\n', 'npm ci && npm run build && npm link\n'];
  expect(shellBlocks.filter(isNpm)).toEqual(commands);
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test', 'build', 'bench']));
});
