import type { Environment } from './environment.js';
import { type ConfigKey, configKeys } from './keys.js';
import type { ConfigIssue } from '../core/errors.js';

/** The flags as typed, by commander's names: `--request-timeout` is `requestTimeout`. They are checked like a file's keys. */
export interface TypedOptions {
  /** `-c, --config FILE`: the configuration file; without it one is searched. */
  readonly config?: string | undefined;
  /** `--map TOPIC=SOBJECT[:OPERATION[:EXTERNAL_ID_FIELD[:MODE]]]`, in the order typed. */
  readonly map?: readonly string[] | undefined;
  readonly [option: string]: unknown;
}

/** One place that configuration comes from, and what it says. */
export interface Layer {
  readonly name: 'flags' | 'environment' | 'file' | 'cli';
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a key's value was written, for the user: a file, a variable, a flag. */
  readonly originOf: (key: string) => string | undefined;
}

/** What all layers say together. */
export interface Merged {
  readonly values: Record<string, unknown>;
  readonly originOf: (key: string) => string | undefined;
  /** Which layer a key's value comes from: 0 is the strongest; undefined when none gives it. */
  readonly rankOf: (key: string) => number | undefined;
  readonly isFrom: (name: Layer['name'], key: string) => boolean;
}

/**
 * Variables of the Salesforce CLI and its users, which say something here too, but less than all else does, the file
 * included: somebody's default org must not take the place of what a configuration names. The strongest first.
 */
const CLI_VARIABLES = ['SFDX_AUTH_URL', 'SF_TARGET_ORG'];

/** Merges layers, the strongest first. Keys are taken whole: a list in one layer replaces a list in a weaker one. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  // Not by assignment, to which a key such as `__proto__` would mean something.
  const values = Object.fromEntries(layers.toReversed().flatMap((layer) => Object.entries(layer.values)));
  const layerOf = (key: string) => layers.find((layer) => Object.hasOwn(layer.values, key));
  const rankOf = (key: string) => {
    const layer = layerOf(key);
    return layer && layers.indexOf(layer);
  };
  return {
    values,
    rankOf,
    originOf: (key) => layerOf(key)?.originOf(key),
    isFrom: (name, key) => layerOf(key)?.name === name,
  };
}

export function flagLayer(typed: TypedOptions): Layer {
  const given = configKeys().flatMap(({ key, flag }) => {
    const value = flag && typed[flag.option];
    return value === undefined ? [] : [{ key, value, origin: flag?.name }];
  });
  return layerOf('flags', given);
}

/** The variables that are stronger than the file, and those of the Salesforce CLI, which are weaker than all. */
export function environmentLayers(environment: Environment): { strong: Layer; weak: Layer[] } {
  const keys = configKeys().filter(({ variable }) => variable !== undefined);
  const strong = keys.filter(({ variable = '' }) => !CLI_VARIABLES.includes(variable));
  const named = (name: string) => keys.filter(({ variable }) => variable === name);
  return {
    strong: variableLayer('environment', strong, environment),
    weak: CLI_VARIABLES.map((variable) => variableLayer('cli', named(variable), environment)),
  };
}

/** A variable that is set to nothing says nothing. */
function variableLayer(name: Layer['name'], keys: readonly ConfigKey[], environment: Environment): Layer {
  const given = keys.flatMap(({ key, variable = '' }) => {
    const value = environment[variable] ?? '';
    return value === '' ? [] : [{ key, value, origin: `environment variable ${variable}` }];
  });
  return layerOf(name, given);
}

function layerOf(
  name: Layer['name'],
  given: readonly { readonly key: string; readonly value: unknown; readonly origin: string | undefined }[],
): Layer {
  return {
    name,
    values: Object.fromEntries(given.map(({ key, value }) => [key, value])),
    originOf: (key) => given.find((one) => one.key === key)?.origin,
  };
}

const FORM = 'TOPIC=SOBJECT[:OPERATION[:EXTERNAL_ID_FIELD[:MODE]]]';

/** A `--map` as typed, in the shape of one of `topic_mappings`; its values are not checked yet. */
export type TypedMapping = Readonly<Record<'topic' | 'sobject', string>> &
  Partial<Readonly<Record<'operation' | 'external_id_field' | 'mode', string>>>;

/** Reads `accounts=Account:upsert:External_Id__c:bulk`. A part that is left empty has its default. */
export function parseMapFlag(typed: string): TypedMapping | ConfigIssue {
  const equals = typed.indexOf('=');
  const issue = (message: string): ConfigIssue => ({ path: `--map ${typed}`, message, origin: '--map' });
  if (equals < 0) return issue(`expected ${FORM}; found no "=" between the topic and the sObject`);
  const topic = typed.slice(0, equals).trim();
  const parts = typed
    .slice(equals + 1)
    .split(':')
    .map((part) => part.trim());
  if (topic === '') return issue(`expected ${FORM}; found no topic before the "="`);
  if (parts[0] === '') return issue(`expected ${FORM}; found no sObject after the "="`);
  if (parts.length > 4)
    return issue(`expected ${FORM}; found ${parts.length} parts after the "=", at most 4 are known`);
  const keys = ['sobject', 'operation', 'external_id_field', 'mode'];
  const given = parts.map((part, index) => [keys[index], part]).filter(([, part]) => part !== '');
  return { topic, ...Object.fromEntries(given) } as TypedMapping;
}

/** The mappings of the file with those of the command line: one of the same topic is replaced, others are added. */
export function mergeMappings(
  configured: readonly unknown[],
  typed: readonly { readonly text: string; readonly mapping: TypedMapping }[],
): { mappings: unknown[]; flags: ReadonlyMap<number, string> } {
  const mappings = [...configured];
  const flags = new Map<number, string>();
  for (const { text, mapping } of typed) {
    const same = mappings.findIndex((other) => (other as { topic?: unknown } | null)?.topic === mapping.topic);
    const index = same < 0 ? mappings.length : same;
    mappings[index] = mapping;
    flags.set(index, `--map ${text}`);
  }
  return { mappings, flags };
}
