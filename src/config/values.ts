import { z } from 'zod';
import { didYouMean } from '../core/suggestion.js';
import { MAX_DURATION_MS, parseDuration } from './duration.js';

/**
 * The kinds of value a configuration key can have. Text that says a number or a boolean is taken for one, since an
 * environment variable holds nothing but text. A value that does not fit raises an issue whose message is
 * `expected …`; issues.ts adds what was found, and the suggestion from the issue's `params`. Beside it stands the same in
 * words, for the reference, and in those of JSON Schema, for editors.
 */

declare module 'zod' {
  interface GlobalMeta {
    /** The type in words, where that of its kind of value does not say it all. */
    type?: string;
    /** A value that works, where there is no default. */
    example?: unknown;
    /** As commander takes it: `--request-timeout <duration>`. */
    flag?: string;
    /** What the help says of the flag, where that is not the description. */
    help?: string;
    /** The environment variable that stands for the key. */
    variable?: string;
  }
}

/** The keywords of JSON Schema that say of a value what zod cannot. */
type JsonForm = Readonly<Record<string, unknown>>;

/** What is known of a schema beside what zod knows: its JSON Schema, and its type in words. */
export const kinds = z.registry<{ readonly form: JsonForm; readonly type?: string }>();

/** A field, or a reference by an external id, such as `Account.External_Id__c` or `Lead:Who.Email`. */
export const TARGET = /^(?:(?:[A-Za-z][A-Za-z0-9_]*:)?[A-Za-z][A-Za-z0-9_]*\.)?[A-Za-z][A-Za-z0-9_]*$/;

/** Text of a given form. */
export const textLike = (form: RegExp, expected: string, type = 'string') =>
  kind<string | number, string>(type, textOf(form.source, form.test('1') ? ['integer'] : []), (found) => {
    const written = readText(found);
    return written !== undefined && form.test(written) ? written : mismatch(expected);
  });

/** Text that is not blank. */
export const text = (expected: string, type = 'string') => textLike(/\S/, expected, type);

export const path = (of = 'a file') => text(`the path of ${of}`, 'path');

export const integer = (atLeast: number) =>
  kind<number | string, number>(
    `int ≥ ${atLeast}`,
    integerForm(atLeast),
    (found) => readInteger(found, atLeast) ?? mismatch(`an integer of at least ${atLeast}`),
  );

/** A number, or whatever turns out to be best. */
export const integerOrAuto = (atLeast: number) =>
  kind<number | string, number | 'auto'>(
    `int ≥ ${atLeast} or \`auto\``,
    { anyOf: [integerForm(atLeast), { const: 'auto' }] },
    (found) =>
      found === 'auto'
        ? 'auto'
        : (readInteger(found, atLeast) ?? mismatch(`an integer of at least ${atLeast}, or auto`)),
  );

/** A percentage above 0, as a share of 1. */
export const share = () =>
  kind<string, number>(
    'percentage',
    SHARE_FORM,
    (found) => readShare(found) ?? mismatch('a percentage above 0% and up to 100%, such as 80%'),
  );

/** A number of at least 1, or a percentage. */
export const countOrShare = () =>
  kind<number | string, { readonly count: number } | { readonly share: number }>(
    'int ≥ 1 or percentage',
    { anyOf: [integerForm(1), SHARE_FORM] },
    (found) => {
      const count = readInteger(found, 1);
      if (count !== undefined) return { count };
      const part = readShare(found);
      return part === undefined ? mismatch('an integer of at least 1, or a percentage such as 5%') : { share: part };
    },
  );

/** A Go duration longer than nothing, in milliseconds. */
export const duration = () =>
  kind<string, number>('duration', DURATION_FORM, (found) => {
    const written = readText(found)?.trim() ?? '';
    const milliseconds = parseDuration(written);
    if (milliseconds === undefined) {
      const isBare = /^\d+(\.\d+)?$/.test(written);
      return mismatch(
        isBare ? `a duration with its unit, such as ${written}s` : 'a duration such as 500ms, 5s or 1m30s',
      );
    }
    if (milliseconds === 0) return mismatch('a duration longer than 0, such as 5s');
    return milliseconds <= MAX_DURATION_MS ? milliseconds : mismatch('a duration of at most 596h');
  });

export const boolean = () =>
  kind<boolean | 'true' | 'false', boolean>(
    'bool',
    BOOLEAN_FORM,
    (found) => readBoolean(found) ?? mismatch('true or false'),
  );

/** Yes, no, or the Id of something. */
export const booleanOrId = (of: string) =>
  kind<boolean | string, boolean | string>('`true` `false` or an Id', { anyOf: [BOOLEAN_FORM, ID_FORM] }, (found) => {
    const id = typeof found === 'string' && ID.test(found.trim()) ? found.trim() : undefined;
    return readBoolean(found) ?? id ?? mismatch(`true, false or the Id of ${of}, of 15 or 18 characters`);
  });

export const choice = <const Name extends string>(...names: [Name, ...Name[]]) =>
  kind<Name, Name>(
    names.map((name) => `\`${name}\``).join(' '),
    { anyOf: [{ enum: names }, { type: 'string', pattern: VARIABLE }] },
    (found) =>
      names.find((name) => name === found) ??
      mismatch(`one of ${names.join(', ')}`, typeof found === 'string' ? didYouMean(found, names) : ''),
  );

/** `v65.0`; `65.0` and `65` are read as that. */
export const apiVersion = () =>
  kind<string | number, string>('string', VERSION_FORM, (found) => {
    const version = /^v?([1-9]\d{1,2})(?:\.0)?$/i.exec(readText(found)?.trim() ?? '');
    return version === null ? mismatch('a REST API version such as v65.0') : `v${String(version[1])}.0`;
  });

/** What a field can be set to: a single value, or null to clear it. */
export const constant = () =>
  kind<string | number | boolean | null, string | number | boolean | null>(
    'a single value',
    { type: ['string', 'number', 'boolean', 'null'] },
    (found) => {
      const isFinite = typeof found !== 'number' || Number.isFinite(found);
      const isOne = found === null || ['string', 'number', 'boolean'].includes(typeof found);
      return isOne && isFinite ? (found as string) : mismatch('text, a number, true, false or null');
    },
  );

/** `2/8`: the second of eight shards. */
export const shard = () =>
  kind<string, { readonly index: number; readonly count: number }>('I/N', SHARD_FORM, (found) => {
    const written = /^\s*(\d{1,9})\s*\/\s*(\d{1,9})\s*$/.exec(typeof found === 'string' ? found : '');
    const [index, count] = [Number(written?.[1]), Number(written?.[2])];
    return index >= 1 && index <= count ? { index, count } : mismatch('a shard I/N with I from 1 to N, such as 2/8');
  });

/** A header's value, as it can travel in HTTP. */
export const headerValue = () =>
  kind<string | number | boolean, string>('string', HEADER_FORM, (found) => {
    // Salesforce's own documents write these TRUE and FALSE, which YAML reads as booleans.
    const written = typeof found === 'boolean' ? String(found).toUpperCase() : readText(found);
    const fits = written !== undefined && /^[\x20-\x7e]*$/.test(written);
    return fits ? written : mismatch('text of printable ASCII characters');
  });

// Wherever text may stand, so may a variable.
const VARIABLE = String.raw`\$\{[^}]+\}`;
const DURATION_FORM = textOf(String.raw`^(?=.*[1-9])\s*\+?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+\s*$`);
const BOOLEAN_FORM = textOf(String.raw`^\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\s*$`, ['boolean']);
const VERSION_FORM = textOf(String.raw`^\s*[vV]?[1-9]\d{1,2}(\.0)?\s*$`, ['integer']);
const ID = /^(?:[A-Za-z0-9]{15}|[A-Za-z0-9]{18})$/;
const ID_FORM = textOf(ID.source);
const SHARE_FORM = textOf(String.raw`^\s*\d{1,3}(\.\d{1,4})?\s*%\s*$`);
const SHARD_FORM = textOf(String.raw`^\s*\d{1,9}\s*/\s*\d{1,9}\s*$`);
const HEADER_FORM = textOf(String.raw`^[\x20-\x7e]*$`, ['integer', 'boolean']);

/** Text of a form, or a value of these types. */
function textOf(form: string, types: readonly ('integer' | 'boolean')[] = []): JsonForm {
  return { type: types.length === 0 ? 'string' : [...types, 'string'], pattern: `${form}|${VARIABLE}` };
}

function integerForm(atLeast: number): JsonForm {
  const written = atLeast > 0 ? String.raw`^\s*\+?0*[1-9]\d*\s*$` : String.raw`^\s*[+-]?\d+\s*$`;
  return { ...textOf(written, ['integer']), minimum: atLeast };
}

/** A value that does not fit: what was expected instead. */
class Mismatch {
  constructor(
    readonly expected: string,
    readonly suggestion: string,
  ) {}
}

function mismatch(expected: string, suggestion = ''): Mismatch {
  return new Mismatch(expected, suggestion);
}

function kind<Input, Output>(type: string, form: JsonForm, read: (found: unknown) => Output | Mismatch) {
  const schema = z.custom<Input>().transform((found, context): Output => {
    const value = read(found);
    if (!(value instanceof Mismatch)) return value;
    const { expected, suggestion } = value;
    context.addIssue({ code: 'custom', message: `expected ${expected}`, params: { suggestion } });
    return z.NEVER;
  });
  kinds.add(schema, { form, type });
  return schema;
}

/** The schema of a value itself, which may be optional or have a default. */
export function innerOf(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
}

function readInteger(found: unknown, atLeast: number): number | undefined {
  const number = typeof found === 'string' && /^\s*[+-]?\d+\s*$/.test(found) ? Number(found) : found;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= atLeast ? number : undefined;
}

function readBoolean(found: unknown): boolean | undefined {
  const written = typeof found === 'string' ? found.trim().toLowerCase() : found;
  if (written === true || written === 'true') return true;
  return written === false || written === 'false' ? false : undefined;
}

function readShare(found: unknown): number | undefined {
  const written = /^\s*(\d{1,3}(?:\.\d{1,4})?)\s*%\s*$/.exec(typeof found === 'string' ? found : '');
  const part = Number(written?.[1]) / 100;
  return part > 0 && part <= 1 ? part : undefined;
}

function readText(found: unknown): string | undefined {
  if (typeof found === 'string') return found;
  return typeof found === 'number' && Number.isSafeInteger(found) ? String(found) : undefined;
}
