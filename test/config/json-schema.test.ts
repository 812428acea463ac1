import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema, configKeys, type JsonSchema } from '../../src/config/keys.js';
import { configSchema } from '../../src/config/schema.js';
import { EXAMPLE, starterText } from '../../src/config/starter.js';
import { settingsFromObject } from '../../src/config/load.js';
import { sfreplay } from '../cli/executable.js';
import { blocks } from '../docs/readme.js';
import { folderWith } from './folder.js';

const schema = configJsonSchema();
const validate = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  strictTypes: false,
  strictRequired: false,
}).compile(schema);

function problems(config: unknown): string[] {
  validate(config);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

const mapping = { topic: 'a', sobject: 'Account', external_id_field: 'X__c' };
const mapped = (more: object): object => ({ topic_mappings: [{ ...mapping, ...more }] });

describe('the JSON Schema', () => {
  it('is shipped, exported and printed', async () => {
    const shipped = fileURLToPath(import.meta.resolve('sfreplay/schema.json'));
    expect(JSON.parse(readFileSync(shipped, 'utf8'))).toEqual(schema);
    const { status, stdout, stderr } = await sfreplay(['schema'], { cwd: folderWith({}) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(readFileSync(shipped, 'utf8'));
  });

  it.each(configKeys())('says of $key what the reference says', ({ key, type, description, default: value }) => {
    const found = key.split('.').reduce<JsonSchema | undefined>((at, part) => {
      const inner = at?.properties?.[part.replace('[]', '')];
      return part.endsWith('[]') ? (inner?.items as JsonSchema) : inner;
    }, schema);
    expect(found?.description).toBe(`${description}\n\nType: ${type}`);
    expect(found?.default === undefined ? undefined : JSON.stringify(found.default)).toBe(value);
    // Whatever the type of a key, something is said of it.
    const keywords = Object.keys(found ?? {}).filter((keyword) => keyword !== 'description' && keyword !== 'default');
    expect(keywords).not.toEqual([]);
  });

  it('accepts the starter, also with every key in use', () => {
    const text = starterText([EXAMPLE], undefined, './schema.json');
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/schema\.json\n/);
    expect(problems(parse(text))).toEqual([]);
    const whole = text.replace(/^(?: {2})?# {1,3}([a-z_]+: .*)$/gm, (line, key: string) =>
      line.startsWith('  #') ? `    ${key}` : key,
    );
    expect(Object.keys(parse(whole) as object).length).toBeGreaterThan(10);
    expect(problems(parse(whole))).toEqual([]);
  });

  const documents = blocks('yaml').filter((block) => block.includes('topic_mappings:'));
  it.each(documents)('accepts the configuration of the README: %s', (block) => {
    expect(problems(parse(block))).toEqual([]);
  });

  it('accepts the one of the demo, and $schema in JSON, as the program does', () => {
    const demo = readFileSync(new URL('../../fixtures/demo/sfreplay.yaml', import.meta.url), 'utf8');
    expect(problems(parse(demo))).toEqual([]);
    const config = { $schema: './node_modules/sfreplay/dist/schema.json', ...mapped({}) };
    expect(problems(config)).toEqual([]);
    const org = { org_url: 'https://acme.my.salesforce.com', access_token: 'a-token' };
    expect(() => settingsFromObject({ ...config, ...org })).not.toThrow();
  });
});

/** Of these the editor says what the program says. */
describe('judges as the program does:', () => {
  it.each<[boolean, object]>([
    [true, mapped({})],
    [true, { ...mapped({}), max_in_flight: 4, max_retries: 0 }],
    [true, { ...mapped({}), max_in_flight: '4', max_retries: '0' }],
    [false, { ...mapped({}), max_in_flight: 0 }],
    [false, { ...mapped({}), max_in_flight: '0' }],
    [false, { ...mapped({}), max_in_flight: 1.5 }],
    [false, { ...mapped({}), max_in_flight: 'many' }],
    [false, { ...mapped({}), max_in_flight: true }],
    [false, { ...mapped({}), max_in_flight: [1] }],
    [false, { ...mapped({}), max_retries: -1 }],
    [true, { ...mapped({}), request_timeout: '1m30s' }],
    [true, { ...mapped({}), request_timeout: ' 1.5h ' }],
    [false, { ...mapped({}), request_timeout: '30' }],
    [false, { ...mapped({}), request_timeout: 30 }],
    [false, { ...mapped({}), request_timeout: '0s' }],
    [false, { ...mapped({}), request_timeout: '5 s' }],
    [true, { ...mapped({}), restapi_version: 65 }],
    [true, { ...mapped({}), api_version: '65.0' }],
    [false, { ...mapped({}), restapi_version: 'v65.1' }],
    [false, { ...mapped({}), restapi_version: 'latest' }],
    [true, { ...mapped({}), envelope: 'kcat' }],
    [false, { ...mapped({}), envelope: 'kafka' }],
    [false, { ...mapped({}), unmapped_topics: 1 }],
    [true, { ...mapped({}), shard: '2/8' }],
    [false, { ...mapped({}), shard: '2 of 8' }],
    [true, { ...mapped({}), headers: { 'Sforce-Auto-Assign': false, 'Sforce-Call-Options': 'client=x' } }],
    [false, { ...mapped({}), headers: { 'Sforce-Auto-Assign': null } }],
    [false, { ...mapped({}), headers: { 'Sforce-Auto-Assign': 'für' } }],
    [true, { ...mapped({}), http: { timeout: '5s', backoff: { max_retries: 3 }, proxy_url: 'http://p:1' } }],
    [false, { ...mapped({}), http: { timeout: 5 } }],
    [false, { ...mapped({}), http: { tls: { root_cas_file: ' ' } } }],
    [false, { ...mapped({}), http: 'x' }],
    [true, { ...mapped({}), client_id: 12345, org_url: 'https://x' }],
    [false, { ...mapped({}), client_id: ' ' }],
    [false, { ...mapped({}), client_idd: 'x' }],
    [false, { topic_mappings: [] }],
    [false, { topic_mappings: {} }],
    [false, { topic_mappings: [{ topic: 'a' }] }],
    [false, { topic_mappings: [{ ...mapping, sobject: 'No such name' }] }],
    [false, mapped({ mode: 'bluk' })],
    [false, mapped({ operation: 'Upsert' })],
    [true, mapped({ all_or_none: 'TRUE', compact: false })],
    [false, mapped({ all_or_none: 'yes' })],
    [false, mapped({ external_id_field: 'a b' })],
    [true, mapped({ depends_on: ['b', 7] })],
    [false, mapped({ depends_on: 'b' })],
    [false, mapped({ depends_on: [''] })],
    [false, mapped({ sobjects: 'x' })],
    [true, mapped({ topic: 7 })],
    [false, mapped({ topic: '' })],
  ])('%s %j', (isGood, config) => {
    expect(configSchema.safeParse(config).success).toBe(isGood);
    expect(problems(config).length === 0).toBe(isGood);
  });
});

/** Of these the file alone does not tell, or the schema of zod leaves them to other rules. */
describe('apart from that', () => {
  it.each<[string, boolean, object]>([
    ['mappings may come from flags', true, { max_in_flight: 2 }],
    ['a variable may hold what is right', true, { ...mapped({ mode: '${MODE:bulk}' }), max_in_flight: '${N}' }],
    [
      'what only Redpanda Connect knows has no effect',
      true,
      { ...mapped({}), http: { tcp: {}, tls: { enabled: true } } },
    ],
    ['what nobody knows is a mistake', false, { ...mapped({}), http: { tls: { enable: true } } }],
    ['an upsert needs its key', false, { topic_mappings: [{ topic: 'a', sobject: 'A' }] }],
    ['an upsert needs its key, not a blank one', false, mapped({ external_id_field: '' })],
    ['an insert needs none', true, { topic_mappings: [{ topic: 'a', sobject: 'A', operation: 'insert' }] }],
    ['a header has the beginning of its kind', false, { ...mapped({}), headers: { Accept: 'x' } }],
  ])('%s', (_, isGood, config) => {
    expect(problems(config).length === 0).toBe(isGood);
  });
});
