import { ApiError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import { textEntry, type JsonObject } from '../json.js';
import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import type { CsvFormat } from './csv.js';
import type { JobOperation, JobRequest } from './job.js';

/** What may be said of the CSV of a job. */
const FORMAT_PROPERTIES = ['contentType', 'columnDelimiter', 'lineEnding'];
const PROPERTIES = ['object', 'operation', 'externalIdFieldName', 'assignmentRuleId'];
const OPERATIONS: readonly JobOperation[] = ['insert', 'update', 'upsert', 'delete'];
const DELIMITERS: Readonly<Record<string, string | undefined>> = {
  COMMA: ',',
  TAB: '\t',
  SEMICOLON: ';',
  PIPE: '|',
  CARET: '^',
  BACKQUOTE: '`',
};

/**
 * Checks what a client asks for.
 * @throws ApiError 400 INVALIDJOB, INVALIDENTITY, API_ERROR, FEATURENOTENABLED
 */
export function readJobRequest(org: Org, node: JsonObject, version: number): JobRequest {
  const format = readFormat(node, PROPERTIES);
  const given = textEntry(node, 'operation');
  if (given === 'hardDelete') {
    const message = 'FeatureNotEnabled : hardDelete operation requires special user profile permission';
    throw new ApiError(400, 'FEATURENOTENABLED', message);
  }
  const operation = OPERATIONS.find((one) => one === given);
  if (!operation) throw badValue(given ?? '', 'operation');
  const type = readType(org, textEntry(node, 'object'), operation);
  const keyField = readKeyField(type, operation, textEntry(node, 'externalIdFieldName'));
  const assignmentRuleId = readAssignmentRule(org, type, textEntry(node, 'assignmentRuleId'));
  return { type, operation, keyField, ...format, assignmentRuleId, version };
}

/**
 * What a job says of its CSV.
 * @param properties what else may be said of such a job
 * @throws ApiError 400 JSON_PARSER_ERROR, API_ERROR
 */
export function readFormat(node: JsonObject, properties: readonly string[]): CsvFormat {
  const unknown = node.entries.find(({ key }) => ![...FORMAT_PROPERTIES, ...properties].includes(key));
  if (unknown) throw new ApiError(400, 'JSON_PARSER_ERROR', `Unrecognized field "${unknown.key}"`);
  const lineEnding = textEntry(node, 'lineEnding') ?? 'LF';
  if (lineEnding !== 'LF' && lineEnding !== 'CRLF') throw badValue(lineEnding, 'lineEnding');
  const delimiterName = textEntry(node, 'columnDelimiter') ?? 'COMMA';
  const delimiter = DELIMITERS[delimiterName];
  if (delimiter === undefined) throw badValue(delimiterName, 'columnDelimiter');
  const contentType = textEntry(node, 'contentType') ?? 'CSV';
  if (contentType !== 'CSV') throw badValue(contentType, 'contentType');
  return { lineEnding, delimiterName, delimiter };
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
  if (!field) {
    const keys = type.document.custom ? 'External ID' : 'External ID, Salesforce Id, or indexed field';
    throw invalidJob(`Field name provided, ${name} does not match an ${keys} for ${type.name}`);
  }
  return field;
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

/** @returns what a client is told of a value that the property cannot have */
export function badValue(value: string, property: string): ApiError {
  return new ApiError(400, 'API_ERROR', `Invalid value: '${value}' supplied for property: '${property}'`);
}
