import { z } from 'zod';
import { configSchema } from './schema.js';
import { IDLE_KEYS } from './spellings.js';
import { valueAt } from './tree.js';
import { innerOf, kinds } from './values.js';

/** What the schema says of a key, for the reference, the help and the starter. */
export interface ConfigKey {
  /** For example `http.tls.root_cas_file` or `topic_mappings[].mode`. */
  readonly key: string;
  readonly type: string;
  /** As it would be written in JSON; undefined when there is none. */
  readonly default: string | undefined;
  /** A value that works, likewise, where the default is none. */
  readonly example: string | undefined;
  readonly description: string;
  readonly flag: KeyFlag | undefined;
  /** The environment variable that stands for it. */
  readonly variable: string | undefined;
}

/** A flag that stands for a key. */
interface KeyFlag {
  /** `--request-timeout <duration>` */
  readonly syntax: string;
  /** `--request-timeout` */
  readonly name: string;
  /** What commander calls its value: `requestTimeout`. */
  readonly option: string;
  readonly help: string;
}

/** All keys, in the order of the schema. */
export function configKeys(): ConfigKey[] {
  return keysOf(configSchema, '');
}

/** The type of a key in words, with the variable that stands for it. */
function typeText(schema: z.core.$ZodType): string {
  const { type, variable } = z.globalRegistry.get(schema) ?? {};
  const required = schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault ? '' : ', required';
  const words = type ?? `${String(kinds.get(innerOf(schema))?.type)}${required}`;
  return variable === undefined ? words : `${words} (\`${variable}\`)`;
}

function keysOf(schema: z.ZodObject, prefix: string): ConfigKey[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([name, value]) => {
    const key = prefix + name;
    const { description, example, flag, help = description, variable } = z.globalRegistry.get(value) ?? {};
    const written = value instanceof z.ZodPrefault ? JSON.stringify(value.def.defaultValue) : undefined;
    const own: ConfigKey[] =
      description === undefined
        ? []
        : [
            {
              key,
              type: typeText(value),
              default: written,
              example: example === undefined ? undefined : JSON.stringify(example),
              description,
              flag: flag === undefined ? undefined : flagOf(flag, helpText(help, written, variable)),
              variable,
            },
          ];
    const inner = innerOf(value);
    if (inner instanceof z.ZodObject) return [...own, ...keysOf(inner, `${key}.`)];
    if (inner instanceof z.ZodArray && inner.element instanceof z.ZodObject) {
      return [...own, ...keysOf(inner.element, `${key}[].`)];
    }
    return own;
  });
}

function flagOf(syntax: string, help: string): KeyFlag {
  const [name = ''] = syntax.split(' ');
  const option = name.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return { syntax, name, option, help };
}

function helpText(help: string | undefined, written: string | undefined, variable: string | undefined): string {
  const more = written === undefined ? variable && `or ${variable}` : `default: ${written.replaceAll('"', '')}`;
  return more === undefined ? String(help) : `${String(help)} (${more})`;
}

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  properties?: Record<string, JsonSchema>;
}

/**
 * The JSON Schema of a configuration file, for editors. It takes what the program takes, but judges each file by itself:
 * every key may come from a flag or the environment instead, so none is required. What keys demand of each other, and
 * values that are too large to be, it leaves to `sfreplay check`.
 */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    metadata: new Descriptions(),
    override: ({ zodSchema, jsonSchema }) => void Object.assign(jsonSchema, kinds.get(zodSchema)?.form),
  }) as JsonSchema;
  const { properties = {} } = schema;
  for (const path of IDLE_KEYS) {
    const holder = valueAt(
      schema,
      path.slice(0, -1).flatMap((part) => ['properties', part]),
    ) as JsonSchema;
    const idle = { description: "Redpanda Connect's; has no effect in sfreplay" };
    holder.properties = { ...holder.properties, [String(path.at(-1))]: idle };
  }
  Reflect.deleteProperty(schema, 'required');
  return {
    title: 'Configuration of sfreplay',
    ...schema,
    properties: { $schema: { description: 'path of this schema, for editors', type: 'string' }, ...properties },
  };
}

/** What an editor shows of a key: its meaning, and its type in words. */
class Descriptions extends z.core.$ZodRegistry<Record<string, unknown>> {
  override get(schema: z.core.$ZodType): { description: string } | undefined {
    const { description } = z.globalRegistry.get(schema) ?? {};
    return description === undefined ? undefined : { description: `${description}\n\nType: ${typeText(schema)}` };
  }
}
