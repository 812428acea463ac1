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

/** Takes what is wrong with a configuration, and puts it into words. */
export class Issues {
  readonly all: ConfigIssue[] = [];
  readonly #context: IssueContext;

  constructor(context: IssueContext) {
    this.#context = context;
  }

  /** Does a `--map` give this mapping? */
  isFlag(index: number): boolean {
    return this.#context.mapFlags.has(index);
  }

  /** The schema's: where, what was expected, what was found, and what was probably meant. */
  addFromSchema(issue: z.core.$ZodIssue): void {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.add([...path, key], unknownKey(path, key));
    } else if (issue.code === 'custom') {
      this.addMismatch(
        path,
        issue.message,
        typeof issue.params?.suggestion === 'string' ? issue.params.suggestion : '',
      );
    } else if (issue.code === 'too_small') {
      this.add(path, 'expected at least one topic mapping');
    } else {
      const isMappings = path[0] === 'topic_mappings' && path.length === 1;
      const isTopics = path.at(-1) === 'depends_on';
      const expected = isMappings ? 'a list of mappings' : isTopics ? 'a list of topics' : 'keys and values';
      this.addMismatch(path, `expected ${expected}`);
    }
  }

  /** A value that is not what it should be: `expected …; found …`. */
  addMismatch(path: Path, expected: string, suggestion = ''): void {
    const { values, secrets } = this.#context;
    const found = valueAt(values, path);
    if (found === undefined) {
      this.add(path, `is missing; ${expected}`);
      return;
    }
    const shown = isSecretKey(path.at(-1)) ? `${kindOf(found)} that is not shown` : describe(found, secrets);
    this.add(path, `${expected}; found ${shown}.${suggestion}`);
  }

  add(path: Path, message: string, origin?: string): void {
    const { secrets, mapFlags, spelled, originOf } = this.#context;
    const [key, index, ...rest] = path;
    const redacted = secrets.redact(message).replace(/\.$/, '');
    const flag = key === 'topic_mappings' && typeof index === 'number' ? mapFlags.get(index) : undefined;
    if (flag !== undefined) {
      const part = rest.length === 0 ? '' : `${pathText(rest)}: `;
      this.all.push({ path: flag, message: `${part}${redacted}`, origin: '--map' });
      return;
    }
    const where = pathText([spelled.get(String(key)) ?? String(key), ...path.slice(1)]);
    const from = origin ?? originOf(String(key));
    this.all.push({ path: secrets.redact(where), message: redacted, ...(from !== undefined && { origin: from }) });
  }
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
