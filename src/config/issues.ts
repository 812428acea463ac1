import { z } from 'zod';
import { configSchema } from './schema.js';
import { IDLE_KEYS } from './spellings.js';
import { type Path, pathText, valueAt } from './tree.js';
import type { ConfigIssue } from '../core/errors.js';
import type { Secrets } from '../core/secrets.js';
import { didYouMean } from '../core/suggestion.js';
import { innerOf } from './values.js';

/** What the wording of an issue needs to know of the configuration it is about. */
export interface IssueContext {
  /** The configuration that was checked. */
  readonly values: unknown;
  readonly secrets: Secrets;
  /** Where a top-level key was written. */
  readonly originOf: (key: string) => string | undefined;
  /** How a top-level key was spelled, where not by its name. */
  readonly spelled: ReadonlyMap<string, string>;
  /** The `--map`s among the topic mappings, by index. */
  readonly mapFlags: ReadonlyMap<number, string>;
}

/** Puts zod's issue into words: where, what was expected, what was found, and what was probably meant. */
export function describeIssue(issue: z.core.$ZodIssue, context: IssueContext): ConfigIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => issueAt([...issue.path, key], unknownKey(issue.path, key), context));
  }
  if (issue.code === 'custom') {
    const suggestion = typeof issue.params?.suggestion === 'string' ? issue.params.suggestion : '';
    return [mismatchAt(issue.path, issue.message, context, suggestion)];
  }
  if (issue.code === 'too_small') return [issueAt(issue.path, 'expected at least one topic mapping', context)];
  const isMappings = issue.path[0] === 'topic_mappings' && issue.path.length === 1;
  const isTopics = issue.path.at(-1) === 'depends_on';
  const expected = isMappings ? 'a list of mappings' : isTopics ? 'a list of topics' : 'keys and values';
  return [mismatchAt(issue.path, `expected ${expected}`, context)];
}

/** An issue of a value that is not what it should be: `expected …; found …`. */
export function mismatchAt(path: Path, expected: string, context: IssueContext, suggestion = ''): ConfigIssue {
  const found = valueAt(context.values, path);
  if (found === undefined) return issueAt(path, `is missing; ${expected}`, context);
  const shown = isSecretKey(path.at(-1)) ? `${kindOf(found)} that is not shown` : describe(found, context.secrets);
  return issueAt(path, `${expected}; found ${shown}.${suggestion}`, context);
}

/** An issue with its place and origin filled in. */
export function issueAt(path: Path, message: string, context: IssueContext): ConfigIssue {
  const [key, index, ...rest] = path;
  const redacted = context.secrets.redact(message).replace(/\.$/, '');
  const flag = key === 'topic_mappings' && typeof index === 'number' ? context.mapFlags.get(index) : undefined;
  if (flag !== undefined) {
    const part = rest.length === 0 ? '' : `${pathText(rest)}: `;
    return { path: flag, message: `${part}${redacted}`, origin: '--map' };
  }
  const spelled = typeof key === 'string' ? context.spelled.get(key) : undefined;
  const origin = typeof key === 'string' ? context.originOf(key) : undefined;
  const where = spelled === undefined ? pathText(path) : pathText([spelled, ...path.slice(1)]);
  return { path: context.secrets.redact(where), message: redacted, ...(origin !== undefined && { origin }) };
}

function unknownKey(path: Path, key: string): string {
  const place = pathText(path);
  const schema = path.reduce<z.core.$ZodType>((outer, part) => {
    const inner = innerOf(outer);
    if (inner instanceof z.ZodArray) return inner.element;
    return inner instanceof z.ZodObject ? (inner.shape[String(part)] as z.ZodType) : inner;
  }, configSchema);
  const idle = IDLE_KEYS.filter((one) => pathText(one.slice(0, -1)) === place).map((one) => String(one.at(-1)));
  const inner = innerOf(schema);
  const known = inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  return `unknown key.${didYouMean(key, [...known, ...idle])}`;
}

function describe(found: unknown, secrets: Secrets): string {
  if (typeof found === 'number' || typeof found === 'boolean') return String(found);
  if (typeof found !== 'string') return kindOf(found);
  const text = secrets.redact(found);
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}

/** What a value is, without showing it. */
export function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' || typeof value === 'bigint' ? 'a number' : `a ${typeof value}`;
}

// A proxy's URL may hold a password.
const SECRET_KEYS = ['client_secret', 'access_token', 'private_key', 'refresh_token', 'sfdx_auth_url', 'proxy_url'];

/** Is it a key whose value is never shown? */
export function isSecretKey(key: PropertyKey | undefined): boolean {
  return SECRET_KEYS.includes(key as string);
}
