import { isObject } from '../core/unknown.js';
import { z } from 'zod';
import type { ConfigIssue } from '../core/errors.js';
import { configSchema, topicMappingSchema } from './schema.js';
import { pathText, valueAt, type Path } from './tree.js';
import { innerOf } from './values.js';

/** A configuration with one spelling for each key. */
export interface Folded {
  readonly values: Record<string, unknown>;
  /** How a key was spelled where that was not its name: `request_timeout` → `http.timeout`. */
  readonly spelled: ReadonlyMap<string, string>;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly string[];
}

const ALIASES: readonly (readonly [alias: Path, key: string])[] = [
  [['api_version'], 'restapi_version'],
  [['http', 'timeout'], 'request_timeout'],
  [['http', 'backoff', 'max_retries'], 'max_retries'],
  [['auth', 'client_id'], 'client_id'],
  [['auth', 'client_secret'], 'client_secret'],
  [['auth', 'client_secret_file'], 'client_secret_file'],
  [['auth', 'sfdx_auth_url'], 'sfdx_auth_url'],
  [['auth', 'sfdx_auth_url_file'], 'sfdx_auth_url_file'],
];

/** Redpanda Connect's keys that are accepted and do nothing. */
export const IDLE_KEYS: readonly Path[] = [
  ...['enabled', 'skip_cert_verify', 'enable_renegotiation', 'root_cas', 'client_certs'].map((key) => ['tls', key]),
  ...['base_url', 'disable_http2', 'tps_limit', 'tps_burst'].map((key) => [key]),
  ...['initial_interval', 'max_interval'].map((key) => ['backoff', key]),
  ...['tcp', 'http', 'access_log_level', 'access_log_body_limit'].map((key) => [key]),
].map((path) => ['http', ...path]);

/**
 * Takes a configuration as written and gives every key its one name. Keys of Redpanda Connect that mean nothing here
 * are left out with a warning. A key whose value is null or blank counts as not given, and so does `$schema`, which is for
 * editors.
 */
export function foldSpellings(written: Readonly<Record<string, unknown>>): Folded {
  const values = withoutBlanks(configSchema, written);
  Reflect.deleteProperty(values, '$schema');
  const spelled = new Map<string, string>();
  const issues: ConfigIssue[] = [];
  for (const [alias, key] of ALIASES) {
    const value = valueAt(values, alias);
    if (isBlank(value)) continue;
    const path = pathText(alias);
    if (key in values) {
      issues.push({
        path,
        message: `has the same meaning as ${spelled.get(key) ?? key}, which is given too; keep one of them`,
      });
    } else {
      values[key] = value;
      spelled.set(key, path);
    }
    removeAt(values, alias);
  }
  const given = IDLE_KEYS.filter((path) => !isBlank(valueAt(values, path))).map(pathText);
  for (const path of IDLE_KEYS) removeAt(values, path);
  const verb = given.length === 1 ? 'has' : 'have';
  return {
    values,
    spelled,
    issues,
    warnings: given.length === 0 ? [] : [`${given.join(', ')} ${verb} no effect in sfreplay`],
  };
}

/**
 * Without the keys that have no value. One that nobody knows stays, to be reported. In a mapping `""` is a value, and in a map
 * such as `headers` each name is known.
 */
function withoutBlanks(schema: z.ZodObject, written: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.entries(written).flatMap(([key, value]): [string, unknown][] => {
    const inner = Object.hasOwn(schema.shape, key) ? innerOf(schema.shape[key] as z.ZodType) : undefined;
    if (inner === undefined) return [[key, value]];
    if (value === null || (isBlank(value) && schema !== topicMappingSchema)) return [];
    if (inner instanceof z.ZodObject) return [[key, isObject(value) ? withoutBlanks(inner, value) : value]];
    if (key === 'headers') return [[key, isObject(value) ? withoutNulls(value) : value]];
    if (key !== 'topic_mappings' || !Array.isArray(value)) return [[key, value]];
    return [[key, value.map((one: unknown) => (isObject(one) ? withoutBlanks(topicMappingSchema, one) : one))]];
  });
  return Object.fromEntries(given);
}

function withoutNulls(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function isBlank(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

/** Takes out what stands at a path, where something does. */
export function removeAt(values: Record<string, unknown>, path: Path): void {
  const holder = valueAt(values, path.slice(0, -1));
  const key = path.at(-1);
  if (isObject(holder) && typeof key === 'string') Reflect.deleteProperty(holder, key);
}
