import { isObject } from '../core/unknown.js';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SEARCH_PLACES } from './find-file.js';
import { type ConfigKey, configKeys } from './keys.js';

/** A mapping that is proposed; `why` of a key says what it was guessed from, where it was. */
export interface ProposedMapping {
  readonly topic: string;
  /** What was seen of the topic, a sentence a line; comments above the mapping. */
  readonly notes: readonly string[];
  /** Keys of the mapping besides the topic, in their order. */
  readonly keys: readonly ProposedKey[];
  /** Targets with the names of their sources, where the records have other names than the sObject. */
  readonly fields?: Readonly<Record<string, string>>;
}

export interface ProposedKey {
  readonly name: string;
  readonly value: string | readonly string[];
  /** Printable text of one line. */
  readonly why: string;
}

/** Stands in the starter where there is no file to propose anything from. */
export const EXAMPLE: ProposedMapping = {
  topic: 'accounts',
  notes: ['An example. Put your own topics here.'],
  keys: [
    { name: 'sobject', value: 'Account', why: 'an example' },
    { name: 'operation', value: 'upsert', why: 'an example' },
    { name: 'external_id_field', value: 'External_Id__c', why: 'an example' },
  ],
};

/**
 * The text of a configuration file with every key, explained: those of the org from environment variables, the mappings
 * as proposed, and all others commented out with their defaults. `source` says what the mappings were proposed from,
 * `schema` where editors find the JSON Schema.
 */
export function starterText(mappings: readonly ProposedMapping[], source: string | undefined, schema?: string): string {
  const keys = configKeys();
  const others = keys.filter(({ key }) => !isWritten(key) && !isElsewhere(key));
  const head = [
    'Configuration of sfreplay, used in this folder and the folders below it.',
    '${VAR} is replaced by an environment variable; ${VAR:default} has a default.',
    'Try it: sfreplay check --offline FILE, then sfreplay check FILE, then sfreplay FILE.',
  ];
  const described = (key: string): string[] => comment(keys.find((one) => one.key === key)?.description ?? '');
  const sections = [
    [
      ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`]),
      ...head.flatMap((line) => comment(line)),
    ],
    [
      ...ORG_KEYS.flatMap(([key, variable]) => [...described(key), `${key}: \${${variable}}`]),
      ...comment(OTHER_SIGN_INS),
    ],
    [
      ...described('topic_mappings'),
      ...(source === undefined ? [] : comment(source)),
      'topic_mappings:',
      ...mappings.flatMap((mapping, index) => [...(index === 0 ? [] : ['']), ...mappingLines(mapping)]),
      '',
      ...comment('Other keys of a mapping, with their defaults:', '  '),
      ...keys.flatMap((key) => mappingKeyLines(key, mappings)),
    ],
    ['# All other keys, with their defaults.'],
    ...others.map((key) => [...comment(key.description), `# ${key.key}: ${exampleOf(key)}`]),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const MAPPING = 'topic_mappings[].';

const ORG_KEYS = [
  ['org_url', 'SALESFORCE_ORG_URL'],
  ['client_id', 'SALESFORCE_CLIENT_ID'],
  ['client_secret', 'SALESFORCE_CLIENT_SECRET'],
] as const;

/** These three lines are in the way of a weaker source, and in that of another sign-in in this file. */
const OTHER_SIGN_INS =
  'To sign in another way, replace these three keys, such as by target_org: ALIAS for a login of the Salesforce CLI.';

/** Another way to say what the starter says, or best kept out of files. */
const ELSEWHERE = new Set([
  'client_secret_file',
  'access_token',
  'target_org',
  'sfdx_auth_url',
  'sfdx_auth_url_file',
  'auth',
  'api_version',
]);

function isWritten(key: string): boolean {
  return ORG_KEYS.some(([name]) => name === key) || key.startsWith('topic_mappings');
}

function isElsewhere(key: string): boolean {
  return ELSEWHERE.has(key) || key.includes('.');
}

function mappingLines({ topic, notes, keys, fields = {} }: ProposedMapping): string[] {
  return [
    ...notes.flatMap((note) => comment(note, '  ')),
    `  - topic: ${scalar(topic)}`,
    ...keys.map(
      ({ name, value, why }) =>
        `    ${name}: ${typeof value === 'string' ? scalar(value) : `[${value.map(scalar).join(', ')}]`} # check this: ${why}`,
    ),
    ...Object.entries(fields).map(([target, source], index) => {
      const head = `    fields: # check this: the records have these names in another spelling; nothing else is sent\n`;
      return `${index === 0 ? head : ''}      ${target}: ${scalar(source)}`;
    }),
  ];
}

/** A key that no mapping of the starter has. */
function mappingKeyLines(key: ConfigKey, mappings: readonly ProposedMapping[]): string[] {
  const value = key.default ?? key.example;
  if (!key.key.startsWith(MAPPING) || value === undefined) return [];
  const name = key.key.slice(MAPPING.length);
  if (mappings.some(({ keys, fields }) => keys.some((one) => one.name === name) || (name === 'fields' && fields)))
    return [];
  return [`  #   ${name}: ${value} # ${key.description}`];
}

function exampleOf({ default: value, example, type }: ConfigKey): string {
  return value ?? example ?? (type === 'path' ? 'path/to/file' : type);
}

/** A `${…}` in a topic's name is no variable. */
function scalar(text: string): string {
  const literal = text.replaceAll(/\$\{([^{}]*)\}/g, '${{$1}}');
  return /^[\w.-]+$/.test(literal) ? stringify(literal).trimEnd() : JSON.stringify(literal);
}

const LINE_WIDTH = 100;

function comment(text: string, indent = ''): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= LINE_WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}# ${word}`);
  }
  return lines;
}

/** What `sfreplay init` writes: a name that the search finds, in a form that takes comments. */
export const STARTER_FILE = '.sfreplayrc.yaml';

/** The configuration that the search would find in this very folder, by its name there; undefined when there is none. */
export function configFileIn(folder: string): string | undefined {
  return SEARCH_PLACES.find((place) => {
    const path = join(folder, place);
    return existsSync(path) && (place !== 'package.json' || hasConfig(path));
  });
}

function hasConfig(packageFile: string): boolean {
  try {
    const document: unknown = JSON.parse(readFileSync(packageFile, 'utf8'));
    return isObject(document) && document.sfreplay !== undefined;
  } catch {
    return false;
  }
}
