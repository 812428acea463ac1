import { z } from 'zod';
import { typeText } from './keys.js';
import { configSchema } from './schema.js';
import { HTTP_KEYS, type HttpKeys } from './spellings.js';
import { kinds } from './values.js';

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
  const http = properties.http?.properties;
  if (http !== undefined) addIdleKeys(http, HTTP_KEYS);
  Reflect.deleteProperty(schema, 'required');
  return {
    title: 'Configuration of sfreplay',
    ...schema,
    properties: { $schema: { description: 'where this schema is, for editors', type: 'string' }, ...properties },
  };
}

/** What an editor shows of a key: its meaning, and its type in words. */
class Descriptions extends z.core.$ZodRegistry<Record<string, unknown>> {
  override get(schema: z.core.$ZodType): { description: string } | undefined {
    const { description } = z.globalRegistry.get(schema) ?? {};
    return description === undefined ? undefined : { description: `${description}\n\nType: ${typeText(schema)}` };
  }
}

/** Redpanda Connect's keys that are accepted and do nothing. */
function addIdleKeys(properties: Record<string, JsonSchema>, keys: HttpKeys): void {
  for (const [key, meaning] of Object.entries(keys)) {
    if (meaning === false) properties[key] = { description: "Redpanda Connect's; has no effect in sfreplay" };
    const inner = properties[key]?.properties;
    if (typeof meaning === 'object' && inner !== undefined) addIdleKeys(inner, meaning);
  }
}
