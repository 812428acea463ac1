import { expect, it } from 'vitest';
import { account, linesOf, stage, until } from '../stage.js';

const windows = (text: string): string => `\uFEFF${text.replaceAll('\n', '\r\n')}`;

it('reads configuration, secret and dump as editors on Windows write them', async () => {
  const scene = await stage();
  scene.write('secret.txt', windows(`${scene.org.clientSecret}\n`));
  scene.write(
    '.sfreplayrc.yaml',
    windows(`# Accounts
org_url: ${scene.org.url}
client_id: ${scene.org.clientId}
client_secret_file: secret.txt
topic_mappings:
  - topic: accounts
    sobject: Account
    external_id_field: External_Id__c
`),
  );
  scene.write('dump.ndjson', windows(linesOf([account('A-1'), account('A-2', { Name: null })])));
  const { status, topic } = await scene.runJson(['--failures', 'failed.ndjson', 'dump.ndjson'], { environment: {} });
  expect(status).toBe(1);
  expect(topic()).toMatchObject({ read: 2, succeeded: 1, failed: 1 });
  scene.write('failed.ndjson', windows(scene.read('failed.ndjson').replace('null', '"Corvo"')));
  expect((await scene.run(['retry', '-q', 'failed.ndjson'], { environment: {} })).status).toBe(0);
  expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['A-1', 'Corvo']);
});

it.each<[string, (text: string) => Uint8Array]>([
  ['UTF-16', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-8 with a mark', (text) => Buffer.from(windows(text))],
])('takes describe documents in %s', async (_, encode) => {
  const scene = await stage();
  const response = await fetch(new URL('/services/data/v65.0/sobjects/Lead/describe', scene.org.url), {
    headers: { authorization: `Bearer ${scene.org.issueToken()}` },
  });
  scene.write('lead.json', encode(`${await response.text()}\n`));
  const emulator = scene.start(['emulator', '--describe', 'lead.json']);
  await until(() => emulator.stdout.includes('\n'));
  emulator.signal('SIGTERM');
  expect((await emulator.ended).status).toBe(143);
});
