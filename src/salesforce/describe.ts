import type { FieldDescribe, PicklistValue, RecordTypeInfo, SObjectDescribe } from '../core/describe.js';
import type { Interruption } from './api-request.js';
import type { SalesforceClient } from './client.js';
import { isSameCode } from './error-body.js';
import { unusable } from './errors.js';

/**
 * Describes an sObject; undefined when it does not exist or the user may not see it. Throws a `RequestError`.
 * A REST API version that the org does not have looks the same: see `checkAccess`.
 */
export async function describeSObject(
  client: SalesforceClient,
  name: string,
  interruption: Interruption = {},
): Promise<SObjectDescribe | undefined> {
  const { value } = await client.request<SObjectDescribe | undefined>({
    ...interruption,
    method: 'GET',
    path: `sobjects/${encodeURIComponent(name)}/describe`,
    repeatable: true,
    read: async (reply) => parseDescribe(await reply.json()),
    readError: ({ status, errors }) => {
      const isUnknownType = status === 400 && errors.some(({ code }) => isSameCode(code, 'INVALID_TYPE'));
      return isUnknownType || (status === 404 && errors.length > 0) ? { value: undefined } : undefined;
    },
  });
  return value;
}

type Document = Readonly<Record<string, unknown>>;

function parseDescribe(document: unknown): SObjectDescribe {
  const described = asDocument(document);
  const { name, fields, recordTypeInfos } = described ?? {};
  if (described === undefined || typeof name !== 'string' || !Array.isArray(fields)) {
    throw unusable('a describe without name and fields');
  }
  return {
    name,
    label: text(described, 'label') ?? name,
    custom: flag(described, 'custom'),
    createable: flag(described, 'createable'),
    updateable: flag(described, 'updateable'),
    deletable: flag(described, 'deletable'),
    keyPrefix: text(described, 'keyPrefix'),
    fields: fields.map(parseField),
    recordTypes: Array.isArray(recordTypeInfos) ? recordTypeInfos.flatMap(parseRecordType) : [],
  };
}

function parseField(value: unknown): FieldDescribe {
  const field = asDocument(value) ?? {};
  const { name, type, referenceTo, picklistValues } = field;
  if (typeof name !== 'string' || typeof type !== 'string') {
    throw unusable('a describe with a field without name or type');
  }
  return {
    name,
    label: text(field, 'label') ?? name,
    type,
    length: count(field, 'length'),
    precision: count(field, 'precision'),
    scale: count(field, 'scale'),
    digits: count(field, 'digits'),
    createable: flag(field, 'createable'),
    updateable: flag(field, 'updateable'),
    nillable: flag(field, 'nillable'),
    defaultedOnCreate: flag(field, 'defaultedOnCreate'),
    calculated: flag(field, 'calculated'),
    autoNumber: flag(field, 'autoNumber'),
    externalId: flag(field, 'externalId'),
    idLookup: flag(field, 'idLookup'),
    unique: flag(field, 'unique'),
    caseSensitive: flag(field, 'caseSensitive'),
    relationshipName: text(field, 'relationshipName'),
    referenceTo: Array.isArray(referenceTo) ? referenceTo.filter((target) => typeof target === 'string') : [],
    polymorphicForeignKey: flag(field, 'polymorphicForeignKey'),
    restrictedPicklist: flag(field, 'restrictedPicklist'),
    picklistValues: Array.isArray(picklistValues) ? picklistValues.flatMap(parsePicklistValue) : [],
    htmlFormatted: flag(field, 'htmlFormatted'),
    compoundFieldName: text(field, 'compoundFieldName'),
  };
}

function parsePicklistValue(document: unknown): PicklistValue[] {
  const entry = asDocument(document) ?? {};
  const value = text(entry, 'value');
  return value === undefined ? [] : [{ value, active: entry['active'] !== false }];
}

function parseRecordType(document: unknown): RecordTypeInfo[] {
  const entry = asDocument(document) ?? {};
  const recordTypeId = text(entry, 'recordTypeId');
  if (recordTypeId === undefined) return [];
  return [{ recordTypeId, developerName: text(entry, 'developerName') ?? '', name: text(entry, 'name') ?? '' }];
}

function asDocument(value: unknown): Document | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : undefined;
}

function text(document: Document, name: string): string | undefined {
  const value = document[name];
  return typeof value === 'string' ? value : undefined;
}

function flag(document: Document, name: string): boolean {
  return document[name] === true;
}

function count(document: Document, name: string): number {
  const value = document[name];
  return typeof value === 'number' ? value : 0;
}
