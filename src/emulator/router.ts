import { ApiError, resourceNotFound } from './api-error.js';
import type { Org } from './org.js';
import type { ApiRequest, ApiResponse, RequestKind } from './requests.js';
import { deleteCollection, patchCollection, patchCollectionByKey, postCollection } from './routes/collections.js';
import { type Dispatch, getCompositeResources, postBatch, postComposite } from './routes/composite.js';
import { getDescribe, getSObject, getSObjects } from './routes/describe.js';
import { getDeleted, getRecordCount, getRows, getUpdated } from './routes/retrieve.js';
import { deleteJob, getJob, getJobs, getResults, patchJob, postJob, putBatches } from './routes/ingest.js';
import { getQuery, getQueryAll, getQueryMore } from './routes/query.js';
import {
  deleteQueryJob,
  getQueryJob,
  getQueryJobs,
  getQueryResults,
  patchQueryJob,
  postQueryJob,
} from './routes/query-jobs.js';
import {
  getIdentity,
  getJobResources,
  getLimits,
  getResources,
  getUserInfo,
  getVersions,
  NEWEST_VERSION,
  OLDEST_VERSION,
} from './routes/resources.js';
import { deleteRow, deleteRowByKey, getRow, getRowByKey, patchRow, patchRowByKey, postRow } from './routes/rows.js';
import { getRevoke, postRevoke, postToken } from './routes/token.js';
import { postTree } from './routes/tree.js';

export type Handler = (org: Org, request: ApiRequest) => ApiResponse;

/** What a request's method and path lead to. */
export interface Match {
  readonly kind: RequestKind;
  readonly handler: Handler;
  readonly needsToken: boolean;
  /** Whether the call counts against the daily allocation. */
  readonly isDataCall: boolean;
  readonly version: number;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly kind: RequestKind;
  readonly handler: Handler;
}

/**
 * Finds the route of a request.
 * @throws ApiError 404 for an unknown path or version, 405 for a known path with another method, 410 for a retired version
 */
export function matchRoute(method: string, givenPath: string): Match {
  // Clients join an instance URL that ends in a slash with a path that begins with one.
  const path = givenPath.replace(/\/{2,}/g, '/');
  return path.startsWith('/services/data/v') ? matchVersioned(method, path) : matchPlain(method, path);
}

/** What a path is about, for the log and the faults, even when it cannot be served. */
export function kindOf(method: string, path: string): RequestKind {
  try {
    return matchRoute(method, path).kind;
  } catch {
    return 'unknown';
  }
}

const dataRoutes: readonly Route[] = [
  route('GET', '', 'resources', getResources),
  route('GET', 'limits', 'limits', getLimits),
  route('GET', 'limits/recordCount', 'limits', getRecordCount),
  route('GET', 'sobjects', 'sobjects', getSObjects),
  route('GET', 'sobjects/:type', 'sobjects', getSObject),
  route('POST', 'sobjects/:type', 'row', postRow),
  route('GET', 'sobjects/:type/updated', 'sobjects', getUpdated),
  route('GET', 'sobjects/:type/deleted', 'sobjects', getDeleted),
  route('GET', 'sobjects/:type/describe', 'describe', getDescribe),
  route('GET', 'sobjects/:type/:id', 'row', getRow),
  route('PATCH', 'sobjects/:type/:id', 'row', patchRow),
  route('DELETE', 'sobjects/:type/:id', 'row', deleteRow),
  route('GET', 'sobjects/:type/:field/:value', 'row', getRowByKey),
  route('PATCH', 'sobjects/:type/:field/:value', 'row', patchRowByKey),
  route('DELETE', 'sobjects/:type/:field/:value', 'row', deleteRowByKey),
  route('GET', 'composite', 'resources', getCompositeResources),
  route('POST', 'composite', 'collections', (org, request) => postComposite(org, request, dispatchTo(org))),
  route('POST', 'composite/batch', 'collections', (org, request) => postBatch(request, dispatchTo(org))),
  route('POST', 'composite/tree/:type', 'collections', postTree),
  route('POST', 'composite/sobjects', 'collections', postCollection),
  route('PATCH', 'composite/sobjects', 'collections', patchCollection),
  route('DELETE', 'composite/sobjects', 'collections', deleteCollection),
  route('GET', 'composite/sobjects/:type', 'collections', getRows),
  route('POST', 'composite/sobjects/:type', 'collections', getRows),
  route('PATCH', 'composite/sobjects/:type/:field', 'collections', patchCollectionByKey),
  route('GET', 'query', 'query', getQuery),
  route('GET', 'query/:locator', 'query', getQueryMore),
  route('GET', 'queryAll', 'query', getQueryAll),
  route('GET', 'queryAll/:locator', 'query', getQueryMore),
  route('GET', 'jobs', 'resources', getJobResources),
  route('POST', 'jobs/ingest', 'bulk-create', postJob),
  route('GET', 'jobs/ingest', 'bulk-list', getJobs),
  route('GET', 'jobs/ingest/:id', 'bulk-info', getJob),
  route('PATCH', 'jobs/ingest/:id', 'bulk-state', patchJob),
  route('DELETE', 'jobs/ingest/:id', 'bulk-delete', deleteJob),
  route('PUT', 'jobs/ingest/:id/batches', 'bulk-upload', putBatches),
  route('GET', 'jobs/ingest/:id/:file', 'bulk-result', getResults),
  route('POST', 'jobs/query', 'bulk-create', postQueryJob),
  route('GET', 'jobs/query', 'bulk-list', getQueryJobs),
  route('GET', 'jobs/query/:id', 'bulk-info', getQueryJob),
  route('PATCH', 'jobs/query/:id', 'bulk-state', patchQueryJob),
  route('DELETE', 'jobs/query/:id', 'bulk-delete', deleteQueryJob),
  route('GET', 'jobs/query/:id/results', 'bulk-result', getQueryResults),
];

const plainRoutes: readonly (Route & { readonly needsToken: boolean })[] = [
  { ...route('POST', 'services/oauth2/token', 'token', postToken), needsToken: false },
  { ...route('POST', 'services/oauth2/revoke', 'token', postRevoke), needsToken: false },
  { ...route('GET', 'services/oauth2/revoke', 'token', getRevoke), needsToken: false },
  { ...route('GET', 'services/data', 'versions', getVersions), needsToken: false },
  { ...route('GET', 'services/oauth2/userinfo', 'identity', getUserInfo), needsToken: true },
  { ...route('GET', 'id/:org/:user', 'identity', getIdentity), needsToken: true },
];

function route(method: string, path: string, kind: RequestKind, handler: Handler): Route {
  return { method, segments: path === '' ? [] : path.split('/'), kind, handler };
}

function matchPlain(method: string, path: string): Match {
  const segments = split(path);
  const allowed: string[] = [];
  for (const candidate of plainRoutes) {
    const parameters = match(candidate.segments, segments);
    if (!parameters) continue;
    if (candidate.method === method) return { ...candidate, isDataCall: false, version: 0, parameters };
    allowed.push(candidate.method);
  }
  throw allowed.length === 0 ? resourceNotFound() : methodNotAllowed(method, allowed);
}

/** Serves the requests inside a composite one; another composite one cannot be among them. */
function dispatchTo(org: Org): Dispatch {
  return (request) => {
    const { handler, isDataCall, version, parameters } = matchRoute(request.method, request.path);
    if (!isDataCall || /\/composite(?:\/batch)?\/?$/.test(request.path)) throw resourceNotFound();
    return handler(org, { ...request, version, parameters });
  };
}

function matchVersioned(method: string, path: string): Match {
  const [, , versionText = '', ...segments] = split(path);
  const version = Number(/^v(\d{1,3})\.0$/.exec(versionText)?.[1] ?? Number.NaN);
  if (version >= 7 && version < OLDEST_VERSION) {
    throw new ApiError(410, 'UNSUPPORTED_API_VERSION', `API version ${version}.0 is retired`);
  }
  if (!(version >= OLDEST_VERSION && version <= NEWEST_VERSION)) throw resourceNotFound();
  const allowed: string[] = [];
  for (const { method: candidate, segments: pattern, kind, handler } of dataRoutes) {
    const parameters = match(pattern, segments);
    if (!parameters) continue;
    if (candidate === method && isSince(version, kind, pattern)) {
      return { kind, handler, needsToken: true, isDataCall: true, version, parameters };
    }
    allowed.push(candidate);
  }
  if (allowed.length === 0 || allowed.includes(method)) throw resourceNotFound();
  throw methodNotAllowed(method, allowed);
}

/** Collections came with v42, upsert by collection with v46. */
function isSince(version: number, kind: RequestKind, pattern: readonly string[]): boolean {
  if (kind !== 'collections') return true;
  return version >= (pattern.length === 4 ? 46 : 42);
}

function split(path: string): string[] {
  return path.replace(/\/$/, '').split('/').slice(1).map(decode);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw resourceNotFound();
  }
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (let index = 0; index < pattern.length; index++) {
    const expected = pattern[index] ?? '';
    const given = segments[index] ?? '';
    if (expected.startsWith(':')) parameters[expected.slice(1)] = given;
    else if (expected !== given) return undefined;
  }
  return parameters;
}

function methodNotAllowed(method: string, allowed: readonly string[]): ApiError {
  const allow = [...new Set(allowed)].join(',');
  return new ApiError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${allow}`, {
    headers: { allow },
  });
}
