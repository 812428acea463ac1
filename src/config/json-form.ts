import { z } from 'zod';

/** The keywords of JSON Schema that say of a value what zod cannot. */
export type JsonForm = Readonly<Record<string, unknown>>;

/** What is known of a schema beside what zod knows. */
export const jsonForms = z.registry<JsonForm>();

/** Text of a form, or a value of these types. Wherever text may stand, so may a variable. */
export function textOf(form: string, types: readonly ('integer' | 'boolean')[] = []): JsonForm {
  return { type: types.length === 0 ? 'string' : [...types, 'string'], pattern: `${form}|${VARIABLE}` };
}

/** One of these names. */
export function oneOf(names: readonly string[]): JsonForm {
  return { anyOf: [{ enum: names }, { type: 'string', pattern: VARIABLE }] };
}

const VARIABLE = String.raw`\$\{[^}]+\}`;
