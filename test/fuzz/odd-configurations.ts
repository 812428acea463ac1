import { stringify } from 'yaml';
import type { Chance } from '../model/random.js';

/** A configuration that somebody could have written, with how sfreplay is called. */
export interface OddConfiguration {
  readonly file: string;
  readonly content: string | Buffer;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Stands in each secret of an odd configuration, and nowhere else. */
export const HUSH = 'hush4242';

type Tree = Record<string, unknown>;

/** The next odd configuration: a good one with some things that are not. */
export function oddConfiguration(chance: Chance): OddConfiguration {
  let tree = goodConfiguration(chance);
  for (let i = chance.integer(3); i > 0; i--) spoil(tree, chance);
  if (chance.happens(0.2)) tree = pipelineOf(tree, chance);
  const isScript = chance.happens(0.04);
  const isJson = !isScript && chance.happens(0.3);
  const file = chance.pick(
    isScript ? ['.sfreplayrc.mjs', 'sfreplay.config.cjs'] : isJson ? ['.sfreplayrc.json', '.sfreplayrc'] : YAML_FILES,
  );
  const text = isScript ? scriptOf(file, tree, chance) : isJson ? JSON.stringify(tree, null, 2) : yamlOf(tree, chance);
  return {
    file,
    content: chance.happens(0.3) ? spoiltText(text, chance) : text,
    words: oddWords(chance),
    environment: oddEnvironment(chance),
  };
}

const YAML_FILES = ['.sfreplayrc', '.sfreplayrc.yaml', '.config/sfreplayrc.yml'];

const SIGN_INS: readonly Tree[] = [
  { client_id: 'an-id', client_secret: `a-${HUSH}` },
  { access_token: `00D5e000000abcd!AQEAQ.${HUSH}` },
  { access_token: HUSH },
  { target_org: 'uat' },
  { sfdx_auth_url: `force://PlatformCLI::5Aep${HUSH}@acme.example` },
  { auth: { flow: 'jwt', client_id: 'x', username: 'u@acme.example', private_key: `-----BEGIN ${HUSH}` } },
  { auth: { flow: 'refresh_token', client_id: 'x', refresh_token: `5Aep${HUSH}` } },
  { auth: { flow: 'client_credentials', client_id: 'x', client_secret: HUSH }, access_token: HUSH },
  { client_id: '${ID}', client_secret: '${SECRET}' },
  { client_secret: { [HUSH]: HUSH } },
  { client_secret: [HUSH, { a: HUSH }] },
  {},
];

const ORG_URLS = ['https://acme.my.salesforce.com', 'http://127.0.0.1:1', '${ORG:https://acme.example}'];

function goodConfiguration(chance: Chance): Tree {
  const topics = Array.from({ length: 1 + chance.integer(4) }, (_, i) => `topic-${i}`);
  return {
    org_url: chance.happens(0.9) ? chance.pick(ORG_URLS) : `https://u:${HUSH}@acme.example`,
    ...structuredClone(chance.pick(SIGN_INS)),
    max_in_flight: chance.pick([1, '4', 'auto']),
    request_timeout: '30s',
    headers: { 'Sforce-Auto-Assign': 'FALSE' },
    http: { timeout: null, proxy_url: `http://u:${HUSH}@proxy.example:3128`, tls: { enabled: true } },
    topic_mappings: topics.map((topic, index) => ({
      topic,
      sobject: chance.pick(['Account', 'Order__c']),
      operation: chance.pick(['insert', 'update', 'upsert', 'delete']),
      external_id_field: 'External_Id__c',
      mode: chance.pick(['realtime', 'bulk']),
      depends_on: topics.slice(0, index).filter(() => chance.happens(0.2)),
      all_or_none: chance.happens(0.2),
    })),
  };
}

const ODD_VALUES: readonly unknown[] = [
  ...[null, '', ' ', 0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, true, false, [], {}, [[]], [null], { a: { b: null } }],
  ...[
    'auto',
    'x'.repeat(5_000),
    '\u0000\u001b[2J',
    '\u202Eevil',
    '\uD800',
    '😀',
    '$',
    '${',
    '${}',
    '${UNSET}',
    '${UNSET:x}',
  ],
  ...[
    '${constructor}',
    '${__proto__:y}',
    '{{ VALUE }}',
    '*x',
    '&x',
    '%TAG',
    '- a',
    '#',
    '::',
    '1/2',
    '../x',
    'C:\\x',
    '5',
  ],
  ...['NaN', 'null', '0x10', '12345678901234567890', '1h', 'ftp://x', 'http://', 'https://[::1', 'upsrt', 'Bulk'],
];

const ODD_KEYS = [
  ...['constructor', '__proto__', 'toString', '', ' ', 'external_id', 'topics', 'orgUrl', 'ORG_URL', 'bulk-batch-size'],
  ...['a.b', 'a\nb', '${KEY}', '<<', '0', 'true', '\u0007', 'x'.repeat(200), '$schema', 'salesforce_sink', 'output'],
];

/** Changes one thing somewhere. */
function spoil(tree: Tree, chance: Chance): void {
  const containers: (Tree | unknown[])[] = [];
  collect(tree, containers);
  const container = chance.pick(containers) as Tree;
  const key = chance.pick([...Object.keys(container), '']);
  const isList = Array.isArray(container);
  switch (chance.integer(5)) {
    case 0:
      Reflect.deleteProperty(container, key);
      return;
    case 1:
      if (!isList) define(container, chance.pick(ODD_KEYS), chance.pick([1, null, 'x', {}]));
      return;
    case 2:
      // The value may be a secret, which must not be shown under a name that nobody knows either.
      if (!isList) define(container, typo(key, chance), container[key]);
      return;
    default:
      // What is wrong with a key is not shown, but with a topic it is: secrets stay where they are.
      if (key !== '') container[key] = structuredClone(chance.pick(ODD_VALUES));
  }
}

function collect(value: unknown, into: (Tree | unknown[])[]): void {
  if (typeof value !== 'object' || value === null) return;
  into.push(value as Tree);
  for (const item of Object.values(value)) collect(item, into);
}

/** Also for `__proto__`, which an assignment would take for something else. */
function define(container: Tree, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function typo(key: string, chance: Chance): string {
  const at = chance.integer(key.length + 1);
  return key.slice(0, at) + chance.pick(['', 'x', '_', key.charAt(at)]) + key.slice(at + chance.integer(2));
}

function pipelineOf(sink: unknown, chance: Chance): Tree {
  const output = { salesforce_sink: chance.happens(0.1) ? chance.pick(ODD_VALUES) : sink };
  const processors = chance.pick<unknown>([[{ mapping: 'root = this' }], [], null, 'x', [null, 'y', { label: 'z' }]]);
  return chance.pick<Tree>([
    { output },
    { outputs: { label: '', ...output } },
    { outputs: [output, { drop: {} }] },
    output,
    { input: { stdin: {} }, pipeline: { processors }, output: { processors, ...output } },
    { output: { broker: { outputs: [output, chance.happens(0.3) ? output : { drop: {} }] } } },
    { output: { switch: { cases: [{ output }, null, 'x'] } } },
    { output: chance.pick(ODD_VALUES) },
  ]);
}

function yamlOf(tree: Tree, chance: Chance): string {
  const text = stringify(tree, { aliasDuplicateObjects: false });
  if (chance.happens(0.05)) return `${text}loop: &loop { again: *loop }\n`;
  if (chance.happens(0.05)) return `${text}client_secret_file: {{ ${HUSH} }}\n`;
  return chance.happens(0.03) ? `${text}deep: ${'['.repeat(3_000)}\n` : text;
}

/** A program that gives the tree, or does something else. */
function scriptOf(file: string, tree: Tree, chance: Chance): string {
  const give = file.endsWith('.cjs') ? 'module.exports =' : 'export default';
  return chance.pick([
    `${give} ${JSON.stringify(tree)};`,
    `const ring = ${JSON.stringify(tree)}; ring.http = ring; ${give} ring;`,
    `${give} { get org_url() { throw new Error('not now'); } };`,
    `${give} { org_url: () => ${JSON.stringify(HUSH)} };`,
    `throw new Error('no');`,
    `${give} { a: 1, b: }`,
    `${give} missing.value;`,
    `${give} 5;`,
  ]);
}

/** Slips of the hand, but not in lines with a secret: what a slip makes of its key could be anything. */
function spoiltText(text: string, chance: Chance): string | Buffer {
  if (chance.happens(0.1)) return Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe, 0x00, 0x0a])]);
  if (chance.happens(0.1)) return `\uFEFF${text.replaceAll('\n', '\r\n')}`;
  const lines = text.split('\n');
  const at = chance.integer(lines.length);
  const line = lines[at] ?? '';
  if (line.includes(HUSH)) return lines.slice(0, at).join('\n');
  const column = chance.integer(line.length + 1);
  const slips = ['\t', ':', '- ', '"', "'", '[', '{', '#', '&a ', '*a', '!!int ', '|', '>', '\u0000', ' ', '---', ''];
  lines[at] = line.slice(0, column) + chance.pick(slips) + line.slice(column + chance.integer(2));
  return lines.join('\n');
}

function oddWords(chance: Chance): string[] {
  const values = [
    '',
    ' ',
    'x',
    '-1',
    '0/0',
    'ftp://x',
    '=',
    'a=b=c',
    'a=:::',
    'a=b:c:d:e:f',
    '\u001b[2J',
    'topic-0=Lead',
  ];
  const flags = ['--map', '--org-url', '--shard', '--max-in-flight', '--envelope', '--request-timeout', '--topic'];
  return Array.from({ length: chance.happens(0.7) ? 0 : 2 }, () => [chance.pick(flags), chance.pick(values)])
    .concat(chance.happens(0.05) ? [[`--client-secret=${HUSH}`]] : [])
    .concat(chance.happens(0.05) ? [[`--access-token=${HUSH}`]] : [])
    .flatMap(([flag = '', value]) => (value === undefined ? [flag] : [`${flag}=${value}`]));
}

function oddEnvironment(chance: Chance): Record<string, string> {
  const given: [string, string][] = [
    ['SECRET', `of-${HUSH}`],
    ['ID', 'x'],
    ['SALESFORCE_ORG_URL', chance.pick(['', 'nonsense', 'https://acme.my.salesforce.com', `https://${HUSH}@x`])],
    ['SALESFORCE_CLIENT_SECRET', HUSH],
    ['SALESFORCE_ACCESS_TOKEN', HUSH],
    ['SF_TARGET_ORG', chance.pick(['uat', '-x', '\u0000'.repeat(0), 'a b'])],
    ['SFDX_AUTH_URL', chance.pick(['force://', `force://x:${HUSH}`, HUSH])],
  ];
  return Object.fromEntries(given.filter(() => chance.happens(0.1)));
}
