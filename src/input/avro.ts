import type { JsonObject, JsonValue } from '../core/record.js';
import { isJsonObject } from './json.js';

/** What has to be known of a topic's records, since a short name may be that of a type or of a relationship. */
export interface AvroNames {
  /** An object under this name is a reference, whatever its members are called. */
  isReference(name: string): boolean;
  /** Whether an object under this short name, the only member of a record, is the record itself. */
  isRecord(name: string, object: JsonObject): boolean;
}

/** The types of a union that have no name of their own. */
const TYPES = new Set(['boolean', 'int', 'long', 'float', 'double', 'bytes', 'string', 'array', 'map']);

/**
 * A record that may be in Avro's JSON encoding, as what it means: there a value of a union stands in an object whose one
 * member is named as its type (`{"string":"x"}`, `{"com.acme.Tier":"Gold"}`), and so may the record.
 */
export function plainRecord(data: JsonObject, names: AvroNames): JsonObject {
  const record = wrappedRecord(data, names) ?? data;
  return mapMembers(record, (value, name) => {
    const plain = names.isReference(name) ? value : plainValue(value);
    // The external id of a reference is a value as well.
    return isJsonObject(plain) ? mapMembers(plain, plainValue) : plain;
  });
}

/** A value that may be one of a union, or a list of such. */
export function plainValue(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.some(isJsonObject) ? value.map(plainValue) : value;
  const branch = isJsonObject(value) ? onlyMember(value) : undefined;
  if (branch === undefined || !isTypeName(branch.name)) return value;
  return Array.isArray(branch.value) ? plainValue(branch.value) : branch.value;
}

function wrappedRecord(data: JsonObject, names: AvroNames): JsonObject | undefined {
  const { name, value } = onlyMember(data) ?? { name: '', value: null };
  if (!isJsonObject(value)) return undefined;
  if (name.includes('.')) {
    // `{"Account.External_Id__c":{"string":"A-1"}}` is a record with one reference, perhaps with its type before a colon.
    const relationship = name.slice(name.indexOf(':') + 1, name.indexOf('.'));
    return names.isReference(relationship) || isTypeName(onlyMember(value)?.name ?? '') ? undefined : value;
  }
  return names.isRecord(name, value) ? value : undefined;
}

function isTypeName(name: string): boolean {
  return TYPES.has(name) || name.includes('.');
}

function onlyMember(object: JsonObject): { readonly name: string; readonly value: JsonValue } | undefined {
  let only: string | undefined;
  for (const name in object) {
    if (only !== undefined) return undefined;
    only = name;
  }
  return only === undefined ? undefined : { name: only, value: object[only] as JsonValue };
}

/** The object itself where nothing changes, as in nearly all records. */
function mapMembers(object: JsonObject, map: (value: JsonValue, name: string) => JsonValue): JsonObject {
  let mapped: JsonObject | undefined;
  for (const name in object) {
    const value = object[name] as JsonValue;
    const plain = typeof value === 'object' && value !== null ? map(value, name) : value;
    if (plain !== value) (mapped ??= { ...object })[name] = plain;
  }
  return mapped ?? object;
}
