import type { ConfigIssue } from '../core/errors.js';
import { isObject, pathText, valueAt, type Path } from './path.js';
import { didYouMean } from '../core/suggestion.js';
import { authSchema, configSchema, topicMappingSchema } from './schema.js';

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

// Redpanda Connect's http.* keys: true where the key has a meaning here, false where it is taken without effect.
export interface HttpKeys {
  readonly [key: string]: boolean | HttpKeys;
}
export const HTTP_KEYS: HttpKeys = {
  timeout: true,
  proxy_url: true,
  backoff: { max_retries: true, initial_interval: false, max_interval: false },
  tls: {
    root_cas_file: true,
    enabled: false,
    skip_cert_verify: false,
    enable_renegotiation: false,
    root_cas: false,
    client_certs: false,
  },
  base_url: false,
  disable_http2: false,
  tps_limit: false,
  tps_burst: false,
  tcp: false,
  http: false,
  access_log_level: false,
  access_log_body_limit: false,
};

/**
 * Takes a configuration as written and gives every key its one name. Keys of Redpanda Connect that mean nothing here
 * are left out with a warning. A key whose value is null or blank counts as not given, and so does `$schema`, which is for
 * editors.
 */
export function foldSpellings(written: Readonly<Record<string, unknown>>): Folded {
  const values = withoutBlanks(written);
  const spelled = new Map<string, string>();
  const issues: ConfigIssue[] = [];
  for (const [alias, key] of ALIASES) {
    const value = valueAt(values, alias);
    if (isBlank(value)) continue;
    const path = pathText(alias);
    if (key in values) {
      issues.push({
        path,
        message: `says the same as ${spelled.get(key) ?? key}, which is given too; keep one of them`,
      });
    } else {
      values[key] = value;
      spelled.set(key, path);
    }
    removeAt(values, alias);
  }
  const { http } = values;
  const idle: string[] = [];
  if (isObject(http)) values.http = effective(http, HTTP_KEYS, 'http', idle, issues);
  const warnings =
    idle.length === 0 ? [] : [`${idle.join(', ')} ${idle.length === 1 ? 'has' : 'have'} no effect in sfreplay`];
  return { values, spelled, issues, warnings };
}

/** Keeps what has an effect; lists what has none, and what Redpanda Connect does not know either. */
function effective(
  values: Readonly<Record<string, unknown>>,
  known: HttpKeys,
  prefix: string,
  idle: string[],
  issues: ConfigIssue[],
): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const path = `${prefix}.${key}`;
    const meaning = Object.hasOwn(known, key) ? known[key] : undefined;
    if (meaning !== undefined && isBlank(value)) continue;
    if (meaning === undefined) {
      issues.push({ path, message: `unknown key.${didYouMean(key, Object.keys(known))}` });
    } else if (meaning === false) {
      idle.push(path);
    } else if (meaning !== true && isObject(value)) {
      kept[key] = effective(value, meaning, path, idle, issues);
    } else {
      kept[key] = value;
    }
  }
  return kept;
}

/**
 * Without the keys that have no value. One that nobody knows stays, to be told of; `http` is left to its own list of keys.
 * In a mapping `""` is a value, and in a map such as `headers` each name is known.
 */
function withoutBlanks(written: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = [...Object.keys(configSchema.shape), '$schema', 'http'];
  const given = Object.entries(written).filter(
    ([key, value]) => key !== '$schema' && !(isBlank(value) && known.includes(key)),
  );
  return Object.fromEntries(given.map(([key, value]) => [key, deepWithoutBlanks(key, value)]));
}

function deepWithoutBlanks(key: string, value: unknown): unknown {
  if (key === 'topic_mappings' && Array.isArray(value)) {
    const known = Object.keys(topicMappingSchema.shape);
    return value.map((item: unknown) => without(item, (name, inner) => inner === null && known.includes(name)));
  }
  if (key === 'auth') return without(value, (name, inner) => isBlank(inner) && Object.hasOwn(authSchema.shape, name));
  return key === 'headers' ? without(value, (_, inner) => inner === null) : value;
}

function without(value: unknown, isLeftOut: (key: string, value: unknown) => boolean): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key, inner]) => !isLeftOut(key, inner)));
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
