import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settingsFromObject } from '../../src/config/load.js';
import { configKeys } from '../../src/config/keys.js';
import { configFileIn, EXAMPLE, starterText } from '../../src/config/starter.js';
import { folderWith } from './folder.js';

const org = { org_url: 'https://acme.my.salesforce.com', client_id: 'id', client_secret: 'secret' };

test('it is a configuration, with its secrets from the environment', () => {
  const config = parse(starterText([EXAMPLE], undefined)) as Record<string, unknown>;
  expect(Object.keys(config)).toEqual(['org_url', 'client_id', 'client_secret', 'topic_mappings']);
  expect(config.client_secret).toBe('${SALESFORCE_CLIENT_SECRET}');
  const { mappings } = settingsFromObject({ ...config, ...org });
  expect(mappings).toMatchObject([{ topic: 'accounts', sobject: 'Account', operation: 'upsert' }]);
});

test('every other key is there too, and works once its # is taken away', () => {
  const text = starterText([EXAMPLE], 'Proposed from nothing.');
  const uncommented = text.replace(/^(?: {2})?# {1,3}([a-z_]+: .*)$/gm, (line, key: string) =>
    line.startsWith('  #') ? `    ${key}` : key,
  );
  const config = parse(uncommented) as Record<string, unknown> & { topic_mappings: object[] };
  const named = [
    ...Object.keys(config),
    ...Object.keys(config.topic_mappings[0]!).map((key) => `topic_mappings[].${key}`),
  ];
  const left = configKeys().filter(({ key }) => !named.includes(key) && !/^(?:http|auth)\b/.test(key));
  expect(left.map(({ key }) => key)).toEqual([
    'client_secret_file',
    'access_token',
    'target_org',
    'sfdx_auth_url',
    'sfdx_auth_url_file',
    'api_version',
  ]);
  expect(() => settingsFromObject({ ...config, ...org })).not.toThrow();
});

test.each(['crm.accounts', '007', 'true', 'a: b # c', 'two\nlines', '- x', '${HOME}', '"quoted"', '\u0007'])(
  'the topic %j is written as what it is',
  (topic) => {
    const config = parse(starterText([{ ...EXAMPLE, topic }], undefined)) as { topic_mappings: { topic: string }[] };
    // Two braces are how a variable is kept from being replaced.
    expect(config.topic_mappings[0]!.topic).toBe(topic.replace('${HOME}', '${{HOME}}'));
  },
);

test.each<[Record<string, string>, string | undefined]>([
  [{}, undefined],
  [{ 'sfreplay.yaml': '' }, undefined],
  [{ '.sfreplayrc': '' }, '.sfreplayrc'],
  [{ '.config/sfreplayrc.json': '{}' }, '.config/sfreplayrc.json'],
  [{ 'sfreplay.config.mjs': '' }, 'sfreplay.config.mjs'],
  [{ 'package.json': '{"sfreplay":{}}' }, 'package.json'],
  [{ 'package.json': '{"name":"x"}' }, undefined],
  [{ 'package.json': 'broken' }, undefined],
])('in a folder with %j the configuration is %s', (files, expected) => {
  expect(configFileIn(folderWith(files))).toBe(expected);
});
