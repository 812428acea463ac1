import { ApiError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import { textEntry, type JsonObject } from '../json.js';
import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import type { Query } from '../soql/query.js';
import { parseSoql } from '../soql/parse.js';
import type { CsvFormat } from './csv.js';
import type { JobOperation } from './job.js';

/** What a client asks for when it creates a job; checked. */
export interface JobRequest<Operation> extends CsvFormat {
  readonly type: SObjectType;
  readonly operation: Operation;
  readonly keyField?: DescribeField | undefined;
  readonly assignmentRuleId?: string | undefined;
  /** For example 62. */
  readonly version: number;
}

/** What may be said of any job, and what else of one that writes or reads. */
const FORMAT_PROPERTIES = ['operation', 'contentType', 'columnDelimiter', 'lineEnding'];
const INGEST_PROPERTIES = [...FORMAT_PROPERTIES, 'object', 'externalIdFieldName', 'assignmentRuleId'];
const QUERY_PROPERTIES = [...FORMAT_PROPERTIES, 'query'];
const OPERATIONS = ['insert', 'update', 'upsert', 'delete'] as const;
const DELIMITERS: Readonly<Record<string, string | undefined>> = {
  COMMA: ',',
  TAB: '\t',
  SEMICOLON: ';',
  PIPE: '|',
  CARET: '^',
  BACKQUOTE: '`',
};

/** @throws ApiError 400 INVALIDJOB, INVALIDENTITY, API_ERROR, FEATURENOTENABLED */
export function readIngestRequest(org: Org, node: JsonObject, version: number): JobRequest<JobOperation> {
  const format = readFormat(node, INGEST_PROPERTIES);
  if (textEntry(node, 'operation') === 'hardDelete') {
    const message = 'FeatureNotEnabled : hardDelete operation requires special user profile permission';
    throw new ApiError(400, 'FEATURENOTENABLED', message);
  }
  const operation = oneOf(OPERATIONS, node, 'operation');
  const type = readType(org, textEntry(node, 'object'), operation);
  const keyField = readKeyField(type, operation, textEntry(node, 'externalIdFieldName'));
  const assignmentRuleId = readAssignmentRule(org, type, textEntry(node, 'assignmentRuleId'));
  return { type, operation, keyField, ...format, assignmentRuleId, version };
}

/** @throws ApiError 400 JSON_PARSER_ERROR, API_ERROR, MALFORMED_QUERY */
export function readQueryRequest(node: JsonObject): CsvFormat & { operation: 'query' | 'queryAll'; query: Query } {
  const format = readFormat(node, QUERY_PROPERTIES);
  const operation = oneOf(['query', 'queryAll'] as const, node, 'operation');
  return { ...format, operation, query: parseSoql(textEntry(node, 'query') ?? '') };
}

/** @throws ApiError 400 API_ERROR for a value that is none of these */
export function oneOf<T extends string>(values: readonly T[], node: JsonObject, key: string, fallback = ''): T {
  const given = textEntry(node, key) ?? fallback;
  const value = values.find((one) => one === given);
  if (value !== undefined) return value;
  throw new ApiError(400, 'API_ERROR', `Invalid value: '${given}' supplied for property: '${key}'`);
}

function readFormat(node: JsonObject, properties: readonly string[]): CsvFormat {
  const unknown = node.entries.find(({ key }) => !properties.includes(key));
  if (unknown) throw new ApiError(400, 'JSON_PARSER_ERROR', `Unrecognized field "${unknown.key}"`);
  const lineEnding = oneOf(['LF', 'CRLF'] as const, node, 'lineEnding', 'LF');
  const delimiterName = oneOf(Object.keys(DELIMITERS), node, 'columnDelimiter', 'COMMA');
  oneOf(['CSV'], node, 'contentType', 'CSV');
  return { lineEnding, delimiterName, delimiter: DELIMITERS[delimiterName] ?? '' };
}

function readType(org: Org, name: string | undefined, operation: JobOperation): SObjectType {
  const type = name === undefined ? undefined : org.schema.type(name);
  if (!type) throw invalidJob(`Unable to find object: ${name ?? ''}`);
  const { createable, updateable, deletable } = type.document;
  const isSupported = operation === 'delete' ? deletable : operation === 'update' ? updateable : createable;
  if (!isSupported || (type.isEvent && operation !== 'insert')) {
    const message = `InvalidEntity : Entity '${type.name}' is not supported by the Bulk API for operation ${operation}.`;
    throw new ApiError(400, 'INVALIDENTITY', message);
  }
  return type;
}

function readKeyField(type: SObjectType, operation: JobOperation, name: string | undefined): DescribeField | undefined {
  if (operation !== 'upsert') {
    if (name === undefined) return undefined;
    throw invalidJob('External ID field name is allowed for upsert only');
  }
  if (name === undefined) {
    throw invalidJob(`External ID was blank for ${type.name}. An External ID must be specified for upsert.`);
  }
  const field = type.keyField(name);
  if (field) return field;
  const keys = type.document.custom ? 'External ID' : 'External ID, Salesforce Id, or indexed field';
  throw invalidJob(`Field name provided, ${name} does not match an ${keys} for ${type.name}`);
}

/** Leads and cases have rules; one that is not active is as good as the active one. */
function readAssignmentRule(org: Org, type: SObjectType, given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const ruleId = normalizeId(given);
  if (ruleId !== undefined && org.assignmentRules.get(ruleId)?.sobject === type.name) return ruleId;
  throw invalidJob(`Assignment rule ${given} was not found for ${type.name}`);
}

function invalidJob(message: string): ApiError {
  return new ApiError(400, 'INVALIDJOB', `InvalidJob : ${message}`);
}
