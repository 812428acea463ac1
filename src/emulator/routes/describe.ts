import { createHash } from 'node:crypto';
import { resourceNotFound } from '../api-error.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { SObjectType } from '../schema/schema.js';

/** What the schema was last changed; describe answers 304 to a client that has it. */
const LAST_MODIFIED = 'Wed, 01 Jul 2026 00:00:00 GMT';

/** GET /sobjects */
export function getSObjects(org: Org, request: ApiRequest): ApiResponse {
  const sobjects = org.schema.types.map((type) => brief(type, request));
  return { status: 200, json: { encoding: 'UTF-8', maxBatchSize: 200, sobjects } };
}

/** GET /sobjects/{Type} */
export function getSObject(org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: { objectDescribe: brief(typeOf(org, request), request), recentItems: [] } };
}

/** GET /sobjects/{Type}/describe */
export function getDescribe(org: Org, request: ApiRequest): ApiResponse {
  const { document } = typeOf(org, request);
  const etag = `"${createHash('sha1').update(JSON.stringify(document)).digest('hex').slice(0, 16)}"`;
  const headers = { etag, 'last-modified': LAST_MODIFIED };
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  const isKnown = request.headers['if-none-match'] === etag || since >= Date.parse(LAST_MODIFIED);
  return isKnown
    ? { status: 304, headers }
    : { status: 200, json: { ...document, urls: urls(document.name, request) }, headers };
}

/** @throws ApiError 404 for a type the org does not have */
export function typeOf(org: Org, request: ApiRequest): SObjectType {
  const type = org.schema.type(request.parameters.type ?? '');
  if (!type) throw resourceNotFound();
  return type;
}

function brief({ document }: SObjectType, request: ApiRequest): Record<string, unknown> {
  const rest: Record<string, unknown> = { ...document, urls: urls(document.name, request) };
  delete rest.fields;
  delete rest.recordTypeInfos;
  return rest;
}

function urls(name: string, request: ApiRequest): Record<string, string> {
  const base = `/services/data/v${request.version.toFixed(1)}/sobjects/${name}`;
  return { sobject: base, describe: `${base}/describe`, rowTemplate: `${base}/{ID}` };
}
