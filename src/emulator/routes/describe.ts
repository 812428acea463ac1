import { createHash } from 'node:crypto';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import type { DescribeDocument, RecordTypeInfo } from '../schema/describe.js';
import type { SObjectType } from '../schema/schema.js';
import { dataPath, typeOf } from './body.js';

/** What the schema was last changed; describe answers 304 to a client that has it. */
const LAST_MODIFIED = 'Wed, 01 Jul 2026 00:00:00 GMT';

/** The keys of a describe document that lists of sObjects show, too. */
const BRIEF_KEYS = [
  ...'activateable associateEntityType associateParentEntity createable custom customSetting deepCloneable'.split(' '),
  ...'deletable deprecatedAndHidden feedEnabled hasSubtypes isInterface isSubtype keyPrefix label'.split(' '),
  ...'labelPlural layoutable mergeable mruEnabled name queryable replicateable retrieveable searchable'.split(' '),
  ...'triggerable undeletable updateable'.split(' '),
];

/** GET /sobjects */
export function getSObjects(org: Org, request: ApiRequest): ApiResponse {
  const sobjects = org.schema.types.map((type) => brief(type, request));
  return unlessKnown(request, { encoding: 'UTF-8', maxBatchSize: 200, sobjects });
}

/** GET /sobjects/{Type} */
export function getSObject(org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: { objectDescribe: brief(typeOf(org, request), request), recentItems: [] } };
}

/** GET /sobjects/{Type}/describe */
export function getDescribe(org: Org, request: ApiRequest): ApiResponse {
  return unlessKnown(request, whole(org, typeOf(org, request), request));
}

function unlessKnown(request: ApiRequest, json: Record<string, unknown>): ApiResponse {
  const etag = `"${createHash('sha1').update(JSON.stringify(json)).digest('hex').slice(0, 8)}"`;
  const headers = { etag, 'last-modified': LAST_MODIFIED };
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  const isKnown = request.headers['if-none-match'] === etag || since >= Date.parse(LAST_MODIFIED);
  return isKnown ? { status: 304, headers } : { status: 200, json, headers };
}

function whole(org: Org, type: SObjectType, request: ApiRequest): Record<string, unknown> {
  const { document } = type;
  const links = apiUrls(document, request);
  const withLayout = (info: RecordTypeInfo) => ({
    ...info,
    urls: { layout: `${links.layouts}/${info.recordTypeId}` },
  });
  return {
    childRelationships: org.schema.childRelationships(type),
    ...document,
    recordTypeInfos: document.recordTypeInfos.map(withLayout),
    urls: {
      ...links,
      uiDetailTemplate: `${org.url}/{ID}`,
      uiEditTemplate: `${org.url}/{ID}/e`,
      uiNewRecord: `${org.url}/${document.keyPrefix ?? ''}/e`,
    },
  };
}

function brief({ document }: SObjectType, request: ApiRequest): Record<string, unknown> {
  const all: Readonly<Record<string, unknown>> = { ...document };
  return { ...Object.fromEntries(BRIEF_KEYS.map((key) => [key, all[key]])), urls: apiUrls(document, request) };
}

function apiUrls({ name }: DescribeDocument, request: ApiRequest) {
  const base = `${dataPath(request)}/sobjects/${name}`;
  return {
    compactLayouts: `${base}/describe/compactLayouts`,
    rowTemplate: `${base}/{ID}`,
    approvalLayouts: `${base}/describe/approvalLayouts`,
    listviews: `${base}/listviews`,
    describe: `${base}/describe`,
    quickActions: `${base}/quickActions`,
    layouts: `${base}/describe/layouts`,
    sobject: base,
  };
}
