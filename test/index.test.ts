import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Emulator } from '../src/emulator/index.js';
import { ConfigError, replay, type Config } from '../src/index.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sfreplay-library-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

async function emulatorAndConfig(): Promise<{ emulator: Emulator; config: Config }> {
  const emulator = await Emulator.start();
  onTestFinished(() => emulator.stop());
  const config: Config = {
    org_url: emulator.url,
    client_id: emulator.clientId,
    client_secret: emulator.clientSecret,
    failures_file: join(folder(), 'failed.ndjson'),
    topic_mappings: [{ topic: 't', sobject: 'Account', external_id_field: 'External_Id__c' }],
  };
  return { emulator, config };
}

const lineOf = (key: string): string =>
  `{"topic":"t","data":{"External_Id__c":"${key}","Name":"N\u2028${key}","Description":"${'ä'.repeat(900)}"}}`;

describe('the library reads', () => {
  const keys = Array.from({ length: 300 }, (_, index) => `A-${index}`);
  const text = keys.map(lineOf).join('\n');

  test.each<[string, (file: string) => Parameters<typeof replay>[0]]>([
    ['a file stream', (file) => createReadStream(file)],
    ['a file stream of text', (file) => createReadStream(file, 'utf8')],
    ['one text of all lines', () => [text]],
    ['lines', () => text.split('\n')],
  ])('%s', async (_, source) => {
    const { emulator, config } = await emulatorAndConfig();
    const file = join(folder(), 'dump.ndjson');
    writeFileSync(file, text);
    const { totals, run } = await replay(source(file), config);
    expect(totals).toMatchObject({ read: 300, succeeded: 300, malformed: 0 });
    expect(run).toMatchObject({ exit_code: 0, stopped: null });
    expect(emulator.records('Account').map(({ Name }) => Name)).toEqual(keys.map((key) => `N\u2028${key}`));
  });
});

test('lines are renamed, and inserts keyed, as by the command', async () => {
  const { emulator, config } = await emulatorAndConfig();
  const mapping = { topic: 't', sobject: 'Account', operation: 'insert', insert_key: 'External_Id__c' } as const;
  const keyed = { ...config, topic_mappings: [{ ...mapping, fields: { Name: 'name.full' }, set: { Site: 'here' } }] };
  const lines = ['twin', 'twin', 'other'].map((full) => JSON.stringify({ topic: 't', data: { name: { full } } }));
  for (let round = 0; round < 2; round++) {
    const { totals } = await replay(lines, keyed);
    expect(totals).toMatchObject({ read: 3, succeeded: 3, in_doubt: 0 });
  }
  expect(emulator.records('Account').map(({ Name, Site }) => [Name, Site])).toEqual([
    ['twin', 'here'],
    ['twin', 'here'],
    ['other', 'here'],
  ]);
});

describe('a signal that is aborted', () => {
  test('before the start gives the summary of a run that sent nothing', async () => {
    const { emulator, config } = await emulatorAndConfig();
    const { run, totals, failures_file } = await replay([lineOf('A-1')], config, { signal: AbortSignal.abort() });
    expect(run).toMatchObject({ exit_code: 3, stopped: { code: 'STOPPED', message: 'The run was stopped' } });
    expect({ read: totals.read, failures_file }).toEqual({ read: 0, failures_file: null });
    expect(emulator.requests).toEqual([]);
  });

  test('while the org is waited for, with a journal or without', async () => {
    const { emulator, config } = await emulatorAndConfig();
    emulator.addFault('503:retry-after=3600:count=0');
    for (const journal of [{}, { journal_file: join(folder(), 'journal') }]) {
      const signal = AbortSignal.timeout(100);
      const { run } = await replay([lineOf('A-1')], { ...config, ...journal }, { signal });
      expect(run).toMatchObject({ exit_code: 3, stopped: { code: 'STOPPED' } });
    }
    expect(emulator.records('Account')).toEqual([]);
  });
});

test('the message of a ConfigError holds every mistake', async () => {
  const config = { org_url: 'nonsense', topic_mapping: [] } as unknown as Config;
  const error: unknown = await replay([], config).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  const { message, issues, headline } = error as ConfigError;
  expect(issues.length).toBeGreaterThan(2);
  expect(message.split('\n')).toEqual([headline, ...issues.map(({ path, message: what }) => `  ${path}: ${what}`)]);
  expect(message).toContain('org_url: ');
});
