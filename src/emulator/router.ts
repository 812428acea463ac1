import { ApiError, resourceNotFound } from './api-error.js';
import type { Org } from './org.js';
import type { ApiRequest, ApiResponse, RequestKind } from './requests.js';
import * as collections from './routes/collections.js';
import { postBatch, postComposite, type Dispatch } from './routes/composite.js';
import * as jobs from './routes/jobs.js';
import * as query from './routes/query.js';
import * as resources from './routes/resources.js';
import * as rows from './routes/rows.js';
import * as token from './routes/token.js';
import { postTree } from './routes/tree.js';

type Handler = (org: Org, request: ApiRequest) => ApiResponse;

interface Route {
  readonly methods: readonly string[];
  readonly path: string;
  /** Of the path, with a group for each `:name`. */
  readonly pattern: RegExp;
  readonly kind: RequestKind;
  readonly handler: Handler;
  readonly needsToken: boolean;
}

/** What a request's method and path lead to. */
export interface Match extends Route {
  /** Whether the call counts against the daily allocation. */
  readonly isDataCall: boolean;
  readonly version: number;
  readonly parameters: Readonly<Record<string, string>>;
}

const DATA_ROUTES: readonly Route[] = [
  route('GET', '', 'resources', resources.getResources),
  route('GET', 'composite', 'resources', resources.listOf(['tree', 'batch', 'sobjects'])),
  route('GET', 'jobs', 'resources', resources.listOf(['ingest', 'query'])),
  route('GET', 'limits', 'limits', resources.getLimits),
  route('GET', 'limits/recordCount', 'limits', rows.getRecordCount),
  route('GET', 'sobjects', 'sobjects', resources.getSObjects),
  route('GET', 'sobjects/:type', 'sobjects', resources.getSObject),
  route('POST', 'sobjects/:type', 'row', rows.postRow),
  route('GET', 'sobjects/:type/(?:updated|deleted)', 'sobjects', rows.getChanges),
  route('GET', 'sobjects/:type/describe', 'describe', resources.getDescribe),
  route('GET', 'sobjects/:type/:id', 'row', rows.getRow),
  route('PATCH', 'sobjects/:type/:id', 'row', rows.patchRow),
  route('DELETE', 'sobjects/:type/:id', 'row', rows.deleteRow),
  route('GET|DELETE', 'sobjects/:type/:field/:value', 'row', rows.handleRowByKey),
  route('PATCH', 'sobjects/:type/:field/:value', 'row', rows.patchRowByKey),
  route('POST', 'composite', 'collections', (org, request) => postComposite(org, request, dispatchTo(org))),
  route('POST', 'composite/batch', 'collections', (org, request) => postBatch(request, dispatchTo(org))),
  route('POST', 'composite/tree/:type', 'collections', postTree),
  route('POST|PATCH', 'composite/sobjects', 'collections', collections.writeCollection),
  route('DELETE', 'composite/sobjects', 'collections', collections.deleteCollection),
  route('GET|POST', 'composite/sobjects/:type', 'collections', rows.getRows),
  route('PATCH', 'composite/sobjects/:type/:field', 'collections', collections.writeCollection),
  route('GET', 'query(?:All)?', 'query', query.getQuery),
  route('GET', 'query(?:All)?/:locator', 'query', query.getQueryMore),
  route('POST', 'jobs/:api', 'bulk-create', jobs.postJob),
  route('GET', 'jobs/:api', 'bulk-list', jobs.getJobs),
  route('GET', 'jobs/:api/:id', 'bulk-info', jobs.getJob),
  route('PATCH', 'jobs/:api/:id', 'bulk-state', jobs.patchJob),
  route('DELETE', 'jobs/:api/:id', 'bulk-delete', jobs.deleteJob),
  route('PUT', 'jobs/ingest/:id/batches', 'bulk-upload', jobs.putBatches),
  route('GET', 'jobs/ingest/:id/:file', 'bulk-result', jobs.getIngestResults),
  route('GET', 'jobs/query/:id/results', 'bulk-result', jobs.getQueryResults),
];

/** Their calls do not count. */
const PLAIN_ROUTES: readonly Route[] = [
  route('POST', 'services/oauth2/token', 'token', token.postToken, false),
  route('GET|POST', 'services/oauth2/revoke', 'token', token.revokeToken, false),
  route('GET', 'services/data', 'versions', resources.getVersions, false),
  route('GET', 'services/oauth2/userinfo', 'identity', resources.getUserInfo),
  route('GET', 'id/:org/:user', 'identity', resources.getIdentity),
];

/**
 * Finds the route of a request.
 * @throws ApiError 404 for an unknown path or version, 405 for a known path with another method, 410 for a retired version
 */
export function matchRoute(method: string, givenPath: string): Match {
  // Clients join an instance URL that ends in a slash with a path that begins with one.
  const path = givenPath.replace(/\/{2,}/g, '/').replace(/^\/|\/$/g, '');
  const [, versionText, versioned = ''] = /^services\/data\/v([^/]*)\/?(.*)$/s.exec(path) ?? [];
  if (versionText === undefined) return find(PLAIN_ROUTES, method, path, 0);
  const version = /^\d{1,3}\.0$/.test(versionText) ? Number(versionText) : Number.NaN;
  if (version >= 7 && version < resources.OLDEST_VERSION) {
    throw new ApiError(410, 'UNSUPPORTED_API_VERSION', `API version ${version}.0 is retired`);
  }
  if (!(version >= resources.OLDEST_VERSION && version <= resources.NEWEST_VERSION)) throw resourceNotFound();
  return find(DATA_ROUTES, method, versioned, version);
}

/** @param methods such as `GET|POST` */
function route(methods: string, path: string, kind: RequestKind, handler: Handler, needsToken = true): Route {
  const pattern = new RegExp(`^${path.replace(/(?<=^|\/):(\w+)/g, '(?<$1>[^/]*)')}$`);
  return { methods: methods.split('|'), path, pattern, kind, handler, needsToken };
}

/** Serves the requests inside a composite one; another composite one cannot be among them. */
function dispatchTo(org: Org): Dispatch {
  return (request) => {
    const { handler, isDataCall, version, parameters } = matchRoute(request.method, request.path);
    if (!isDataCall || /\/composite(?:\/batch)?\/?$/.test(request.path)) throw resourceNotFound();
    return handler(org, { ...request, version, parameters });
  };
}

/** @param version 0 outside versioned paths */
function find(routes: readonly Route[], method: string, path: string, version: number): Match {
  const allowed: string[] = [];
  for (const candidate of routes) {
    const found = candidate.pattern.exec(path);
    if (!found) continue;
    if (candidate.methods.includes(method) && (version === 0 || isSince(version, candidate))) {
      const groups = Object.entries(found.groups ?? {});
      const parameters = Object.fromEntries(groups.map(([name, value]) => [name, decode(value)]));
      return { ...candidate, isDataCall: version > 0, version, parameters };
    }
    allowed.push(...candidate.methods);
  }
  if (allowed.length === 0 || allowed.includes(method)) throw resourceNotFound();
  const allow = [...new Set(allowed)].join(',');
  throw new ApiError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${allow}`, {
    headers: { allow },
  });
}

/** Collections came with v42, upsert by collection with v46. */
function isSince(version: number, { kind, path }: Route): boolean {
  return kind !== 'collections' || version >= (path.endsWith(':field') ? 46 : 42);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw resourceNotFound();
  }
}
