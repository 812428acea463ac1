import { ApiError, resourceNotFound } from '../api-error.js';
import { jsonParserError, parseJson, type JsonNode, type JsonObject } from '../json.js';
import type { Org } from '../org.js';
import { normalizeId } from '../ids.js';
import type { AssignmentRule, Outcome, SaveRequest } from '../records/row.js';
import type { ApiRequest } from '../requests.js';
import type { SObjectType } from '../schema/schema.js';

/** Of a call that writes. */
export const MAX_RECORDS = 200;

/** The JSON object in a request's body. */
export interface JsonBody {
  readonly node: JsonObject;
  /** What refuses the whole request because of a value that cannot be read. */
  readonly refusal: (message: string, place?: JsonNode) => ApiError;
}

/** @throws ApiError 415 for another content type, 400 JSON_PARSER_ERROR */
export function readJsonBody({ headers, body }: ApiRequest): JsonBody {
  const contentType = headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(contentType)) throw unsupportedMediaType(contentType);
  const text = body.toString('utf8');
  const node = parseJson(text);
  if (node.kind !== 'object') throw jsonParserError('An object was expected', text, node.offset);
  return { node, refusal: (message, place) => jsonParserError(message, text, place?.offset ?? 0) };
}

export function unsupportedMediaType(contentType: string): ApiError {
  const message = `Content type of the request is not supported: ${contentType || 'none given'}`;
  return new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', message);
}

/**
 * What the headers of a request say of its writes.
 * @param showsRecords whether a duplicate rule shows what it found though the header does not ask for it
 */
export function saveOptions(org: Org, request: ApiRequest, showsRecords = false) {
  const header = request.headers['sforce-duplicate-rule-header'] ?? '';
  const asks = (name: string): boolean => new RegExp(`\\b${name}\\s*=\\s*true\\b`, 'i').test(header);
  return {
    assignmentRules: readAssignmentRules(org, request),
    duplicateRule: {
      allowSave: asks('allowSave'),
      showsRecords: showsRecords || asks('includeRecordDetails'),
      version: request.version,
    },
    by: request.id,
  } satisfies Partial<SaveRequest>;
}

/**
 * Those that the header `Sforce-Auto-Assign` asks for; the active ones where it is absent.
 * @throws ApiError 400 MALFORMED_ID, INVALID_CROSS_REFERENCE_KEY
 */
function readAssignmentRules({ assignmentRules: rules }: Org, { headers }: ApiRequest): AssignmentRule[] {
  const value = headers['sforce-auto-assign']?.trim() ?? '';
  if (value === '' || /^true$/i.test(value)) return [...rules.values()].filter((rule) => rule.isActive);
  if (/^false$/i.test(value)) return [];
  const ruleId = normalizeId(value);
  if (ruleId === undefined) throw new ApiError(400, 'MALFORMED_ID', `malformed id ${value}`);
  const rule = rules.get(ruleId);
  if (rule) return [rule];
  throw new ApiError(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
}

/** An outcome as replies show it. Upserts tell whether they created the record, from v46 on. */
export function element({ id, success, created, errors }: Outcome, showsCreated = false): Record<string, unknown> {
  return {
    ...(id === undefined ? {} : { id }),
    success,
    errors,
    ...(showsCreated ? { created: created ?? false } : {}),
  };
}

export function tooManyRecords(limit: number): ApiError {
  const message = `record limit reached. cannot submit more than ${limit} records into this call`;
  return new ApiError(400, 'EXCEEDED_ID_LIMIT', message);
}

/** @throws ApiError 404 for a type the org does not have */
export function typeOf(org: Org, request: ApiRequest): SObjectType {
  const type = org.schema.type(request.parameters.type ?? '');
  if (!type) throw resourceNotFound();
  return type;
}

/** A list with commas in the query part of the URL. */
export function listIn({ query }: ApiRequest, name: string): string[] {
  return (query.get(name) ?? '').split(',').filter((one) => one !== '');
}

/** Such as `/services/data/v62.0`. */
export function dataPath({ version }: Pick<ApiRequest, 'version'>): string {
  return `/services/data/v${version.toFixed(1)}`;
}
