import { ApiError } from '../api-error.js';
import { jsonParserError, parseJson, type JsonObject } from '../json.js';
import type { DuplicateRule } from '../records/save.js';
import type { ApiRequest } from '../requests.js';

/**
 * The JSON object in a request's body.
 * @throws ApiError 415 for another content type, 400 JSON_PARSER_ERROR
 */
export function readJsonBody(request: ApiRequest): { readonly node: JsonObject; readonly text: string } {
  const contentType = request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(contentType)) throw unsupportedMediaType(contentType);
  const text = request.body.toString('utf8');
  const node = parseJson(text);
  if (node.kind !== 'object') throw jsonParserError('An object was expected', text, node.offset);
  return { node, text };
}

/** What the header on duplicate rules asks for. A call for one record shows what was found in any case. */
export function duplicateRuleOf({ headers, version }: ApiRequest): DuplicateRule {
  const header = headers['sforce-duplicate-rule-header'] ?? '';
  const asks = (name: string): boolean => new RegExp(`\\b${name}\\s*=\\s*true\\b`, 'i').test(header);
  return { allowSave: asks('allowSave'), showsRecords: asks('includeRecordDetails'), version };
}

export function unsupportedMediaType(contentType: string): ApiError {
  return new ApiError(
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    `Content type of the request is not supported: ${contentType === '' ? 'none given' : contentType}`,
  );
}
