import { parse, stringify } from 'lossless-json';
import { ApiError } from '../api-error.js';
import type { Org } from '../org.js';
import { replyTo } from '../reply.js';
import type { ApiRequest, ApiResponse } from '../requests.js';
import { readJsonBody } from './body.js';

const MAX_SUBREQUESTS = 25;
const REFERENCE = /@\{([A-Za-z]\w*)((?:\.\w+|\[\d+\])*)\}/g;
const HEADER_NAMES: Readonly<Record<string, string>> = {
  location: 'Location',
  etag: 'ETag',
  'last-modified': 'Last-Modified',
};

/** Serves a request inside another one. */
export type Dispatch = (request: ApiRequest) => ApiResponse;

interface Subresponse {
  readonly body: unknown;
  readonly httpHeaders: Readonly<Record<string, string>>;
  readonly httpStatusCode: number;
  readonly referenceId: string;
}

/** POST /composite: requests that may use what the ones before them answered. */
export function postComposite(org: Org, request: ApiRequest, dispatch: Dispatch): ApiResponse {
  const given = readSubrequests(request, 'compositeRequest');
  const { allOrNone } = parse(request.body.toString('utf8')) as { allOrNone?: unknown };
  const ids = given.map((one) => one.referenceId);
  if (ids.some((id) => typeof id !== 'string' || !/^[A-Za-z]\w*$/.test(id))) {
    throw new ApiError(
      400,
      'BAD_REQUEST',
      'Provided referenceId must start with a letter and can hold letters, numbers and _',
    );
  }
  if (new Set(ids).size < ids.length) throw new ApiError(400, 'BAD_REQUEST', 'Duplicate referenceId');
  const compositeResponse = org.transaction(
    () => runAll(request, given, dispatch),
    (all) => allOrNone !== true || all.every(isGood),
  );
  if (allOrNone !== true || compositeResponse.every(isGood)) return { status: 200, json: { compositeResponse } };
  const message = 'The transaction was rolled back since another operation in the same transaction failed.';
  const rolledBack = compositeResponse.map((one) => (isGood(one) ? halted(one.referenceId, message) : one));
  return { status: 200, json: { compositeResponse: rolledBack } };
}

/** POST /composite/batch: requests that have nothing to do with each other. */
export function postBatch(request: ApiRequest, dispatch: Dispatch): ApiResponse {
  const { haltOnError } = parse(request.body.toString('utf8')) as { haltOnError?: unknown };
  const results: { statusCode: number; result: unknown }[] = [];
  for (const { method, url, richInput } of readSubrequests(request, 'batchRequests')) {
    const hasFailed = results.some(({ statusCode }) => statusCode >= 400);
    const { httpStatusCode, body } =
      haltOnError === true && hasFailed
        ? { ...halted('', 'Batch processing halted per request'), httpStatusCode: 412 }
        : serve(request, { method, url: `/services/data/${String(url)}`, body: richInput, referenceId: '' }, dispatch);
    results.push({ statusCode: httpStatusCode, result: body });
  }
  return { status: 200, json: { hasErrors: results.some(({ statusCode }) => statusCode >= 400), results } };
}

function readSubrequests(request: ApiRequest, name: string): Record<string, unknown>[] {
  readJsonBody(request);
  const given = (parse(request.body.toString('utf8')) as Record<string, unknown>)[name];
  if (!Array.isArray(given) || given.length === 0) {
    throw new ApiError(400, 'JSON_PARSER_ERROR', `"${name}" must hold at least one request`);
  }
  if (given.length > MAX_SUBREQUESTS) {
    throw new ApiError(400, 'LIMIT_EXCEEDED', `Limit of ${MAX_SUBREQUESTS} requests per call exceeded`);
  }
  return given as Record<string, unknown>[];
}

function runAll(request: ApiRequest, given: readonly Record<string, unknown>[], dispatch: Dispatch): Subresponse[] {
  const answers = new Map<string, Subresponse>();
  for (const subrequest of given) {
    const referenceId = String(subrequest.referenceId);
    try {
      answers.set(referenceId, serve(request, substituted(subrequest, answers) as typeof subrequest, dispatch));
    } catch (error) {
      if (!(error instanceof UnknownReference)) throw error;
      answers.set(referenceId, halted(referenceId, error.message));
    }
  }
  return [...answers.values()];
}

function serve(request: ApiRequest, given: Record<string, unknown>, dispatch: Dispatch): Subresponse {
  const { method, url, body, httpHeaders, referenceId } = given;
  const location = new URL(String(url), 'http://localhost');
  const headers: Record<string, string> = { ...request.headers };
  delete headers['if-none-match'];
  delete headers['if-modified-since'];
  for (const [name, value] of Object.entries(httpHeaders ?? {})) headers[name.toLowerCase()] = String(value);
  const reply = answer(() =>
    dispatch({
      ...request,
      method: String(method).toUpperCase(),
      path: location.pathname,
      query: location.searchParams,
      headers: { ...headers, 'content-type': 'application/json' },
      body: Buffer.from(body === undefined ? '' : (stringify(body) ?? '')),
    }),
  );
  const named = Object.entries(reply.headers ?? {}).map(([name, value]) => [HEADER_NAMES[name] ?? name, value]);
  return {
    body: reply.json === undefined ? null : parse(stringify(reply.json) ?? 'null'),
    httpHeaders: Object.fromEntries(named) as Record<string, string>,
    httpStatusCode: reply.status,
    referenceId: String(referenceId),
  };
}

function answer(work: () => ApiResponse): ApiResponse {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApiError) return replyTo(error, 'unknown');
    throw error;
  }
}

class UnknownReference extends Error {}

/** The value with every `@{ref.path}` in its texts replaced. */
function substituted(value: unknown, answers: ReadonlyMap<string, Subresponse>): unknown {
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (whole, referenceId: string, path: string) => {
      const found = valueAt(answers.get(referenceId)?.body, path);
      if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') return String(found);
      throw new UnknownReference(
        `Invalid reference specified. No value for ${referenceId}${path} found in ${referenceId}. It was asked for as ${whole}`,
      );
    });
  }
  if (Array.isArray(value)) return value.map((one) => substituted(one, answers));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, substituted(one, answers)]));
}

function valueAt(value: unknown, path: string): unknown {
  let found = value;
  for (const step of path.match(/\w+/g) ?? []) found = (found as Record<string, unknown> | null | undefined)?.[step];
  return found;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isGood({ httpStatusCode }: Subresponse): boolean {
  return httpStatusCode < 400;
}

function halted(referenceId: string, message: string): Subresponse {
  return { body: [{ errorCode: 'PROCESSING_HALTED', message }], httpHeaders: {}, httpStatusCode: 400, referenceId };
}
