import { createHash } from 'node:crypto';
import { fillData } from '../data.js';
import type { Org } from '../org.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { USUAL, type DescribeDocument } from '../schema/describe.js';
import { dataPath, typeOf } from './body.js';

export const OLDEST_VERSION = 31;
export const NEWEST_VERSION = 67;
/** When the schema was last changed; describe answers 304 to a client that has it. */
const LAST_MODIFIED = 'Wed, 01 Jul 2026 00:00:00 GMT';

/** GET /services/data: needs no token. */
export function getVersions(): ApiResponse {
  const json = [];
  for (let version = OLDEST_VERSION; version <= NEWEST_VERSION; version++) {
    const text = version.toFixed(1);
    json.push({ label: release(version), url: `/services/data/v${text}`, version: text });
  }
  return { status: 200, json };
}

/** Three a year, from v31 on; the platform writes one of them with another apostrophe. */
function release(version: number): string {
  const season = ['Summer', 'Winter', 'Spring'][(version - 31) % 3] ?? '';
  const year = String(14 + Math.ceil((version - 31) / 3));
  return `${season} ${version === 42 ? '’' : "'"}${year}`;
}

export function getResources(org: Org, request: ApiRequest): ApiResponse {
  const links = linksTo(dataPath(request), ['sobjects', 'composite', 'jobs', 'query', 'queryAll', 'limits']);
  return { status: 200, json: { ...links, identity: org.identityUrl } };
}

/** Tells what is there below a path. */
export function listOf(names: readonly string[]) {
  return (_org: Org, { path }: ApiRequest): ApiResponse => ({
    status: 200,
    json: linksTo(path.replace(/\/$/, ''), names),
  });
}

function linksTo(base: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `${base}/${name}`]));
}

export function getUserInfo(org: Org): ApiResponse {
  return aboutUser(org, 'userinfo.json');
}

/** GET /id/{organization}/{user}: what the identity URL of a token reply leads to. */
export function getIdentity(org: Org): ApiResponse {
  return aboutUser(org, 'identity.json');
}

function aboutUser({ url, orgId, userId, identityUrl, settings }: Org, file: string): ApiResponse {
  const { username } = settings;
  const values = { url, org: orgId, shortOrg: orgId.slice(0, 15), user: userId, identity: identityUrl, username };
  return { status: 200, json: fillData(file, values) };
}

export function getLimits(org: Org): ApiResponse {
  const { apiLimit, limits } = org.settings;
  const allowance = (Max: number, used = 0) => ({ Max, Remaining: Math.max(0, Max - used) });
  const json = {
    DailyApiRequests: allowance(apiLimit, org.apiUsed),
    DailyBulkApiBatches: allowance(limits.dailyBulkApiBatches, org.bulkBatchesUsed),
    DailyBulkV2QueryJobs: allowance(10_000),
    HourlyPublishedPlatformEvents: allowance(50_000),
    DataStorageMB: allowance(10_240, 240),
    FileStorageMB: allowance(10_240, 240),
  };
  return { status: 200, json };
}

export function getSObjects(org: Org, request: ApiRequest): ApiResponse {
  const sobjects = org.schema.types.map(({ document }) => brief(document, request));
  return unlessKnown(request, { encoding: 'UTF-8', maxBatchSize: 200, sobjects });
}

export function getSObject(org: Org, request: ApiRequest): ApiResponse {
  return { status: 200, json: { objectDescribe: brief(typeOf(org, request).document, request), recentItems: [] } };
}

export function getDescribe(org: Org, request: ApiRequest): ApiResponse {
  const type = typeOf(org, request);
  const { document } = type;
  const links = apiUrls(document, request);
  return unlessKnown(request, {
    childRelationships: org.schema.childRelationships(type),
    ...document,
    recordTypeInfos: document.recordTypeInfos.map((info) => ({
      ...info,
      urls: { layout: `${links.layouts}/${info.recordTypeId}` },
    })),
    urls: {
      ...links,
      uiDetailTemplate: `${org.url}/{ID}`,
      uiEditTemplate: `${org.url}/{ID}/e`,
      uiNewRecord: `${org.url}/${document.keyPrefix ?? ''}/e`,
    },
  });
}

function unlessKnown(request: ApiRequest, json: Record<string, unknown>): ApiResponse {
  const etag = `"${createHash('sha1').update(JSON.stringify(json)).digest('hex').slice(0, 8)}"`;
  const headers = { etag, 'last-modified': LAST_MODIFIED };
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  const isKnown = request.headers['if-none-match'] === etag || since >= Date.parse(LAST_MODIFIED);
  return isKnown ? { status: 304, headers } : { status: 200, json, headers };
}

function brief(document: DescribeDocument, request: ApiRequest): Record<string, unknown> {
  const shown = Object.fromEntries(USUAL.briefKeys.map((key) => [key, document[key]]));
  return { ...shown, urls: apiUrls(document, request) };
}

function apiUrls({ name }: DescribeDocument, request: ApiRequest) {
  return fillData('urls.json', { base: dataPath(request), name }) as { readonly layouts: string };
}
