import { LosslessNumber, parse, stringify } from 'lossless-json';
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
  const { body, subrequests } = readBody(request, 'compositeRequest');
  const mayFailInPart = body.allOrNone !== true;
  const ids = subrequests.map((one) => one.referenceId);
  if (ids.some((id) => typeof id !== 'string' || !/^[A-Za-z]\w*$/.test(id))) {
    const message = 'Provided referenceId must start with a letter and can hold letters, numbers and _';
    throw new ApiError(400, 'BAD_REQUEST', message);
  }
  if (new Set(ids).size < ids.length) throw new ApiError(400, 'BAD_REQUEST', 'Duplicate referenceId');
  const compositeResponse = org.transaction(
    () => {
      const answers = new Map<string, Subresponse>();
      for (const one of subrequests) answers.set(String(one.referenceId), serve(request, one, dispatch, answers));
      return [...answers.values()];
    },
    (all) => mayFailInPart || all.every(isGood),
  );
  if (mayFailInPart || compositeResponse.every(isGood)) return { status: 200, json: { compositeResponse } };
  const message = 'The transaction was rolled back since another operation in the same transaction failed.';
  const rolledBack = compositeResponse.map((one) => (isGood(one) ? halted(one.referenceId, message) : one));
  return { status: 200, json: { compositeResponse: rolledBack } };
}

/** POST /composite/batch: requests that have nothing to do with each other. */
export function postBatch(request: ApiRequest, dispatch: Dispatch): ApiResponse {
  const { body: asked, subrequests } = readBody(request, 'batchRequests');
  const results: { statusCode: number; result: unknown }[] = [];
  for (const { method, url, richInput } of subrequests) {
    const hasFailed = results.some(({ statusCode }) => statusCode >= 400);
    const { httpStatusCode, body } =
      asked.haltOnError === true && hasFailed
        ? { ...halted('', 'Batch processing halted per request'), httpStatusCode: 412 }
        : serve(request, { method, url: `/services/data/${String(url)}`, body: richInput, referenceId: '' }, dispatch);
    results.push({ statusCode: httpStatusCode, result: body });
  }
  return { status: 200, json: { hasErrors: results.some(({ statusCode }) => statusCode >= 400), results } };
}

/** The body of a request, with the list of requests that it holds under this name. */
function readBody(request: ApiRequest, name: string) {
  readJsonBody(request);
  const body = parse(request.body.toString('utf8')) as Readonly<Record<string, unknown>>;
  const subrequests = body[name];
  if (!Array.isArray(subrequests) || subrequests.length === 0) {
    throw new ApiError(400, 'JSON_PARSER_ERROR', `"${name}" must hold at least one request`);
  }
  if (subrequests.length > MAX_SUBREQUESTS) {
    throw new ApiError(400, 'LIMIT_EXCEEDED', `Limit of ${MAX_SUBREQUESTS} requests per call exceeded`);
  }
  return { body, subrequests: subrequests as Record<string, unknown>[] };
}

/** @param answers what was answered before, by reference */
function serve(
  request: ApiRequest,
  given: Record<string, unknown>,
  dispatch: Dispatch,
  answers?: ReadonlyMap<string, Subresponse>,
): Subresponse {
  const reply = answer(() => {
    const { method, url, body, httpHeaders } = answers ? substituted(given, answers) : given;
    const { pathname: path, searchParams: query } = new URL(String(url), 'http://localhost');
    const outer = Object.entries(request.headers).filter(([name]) => !name.startsWith('if-'));
    const own = Object.entries(httpHeaders ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
    return dispatch({
      ...{ ...request, method: String(method).toUpperCase(), path, query },
      headers: Object.fromEntries([...outer, ...own, ['content-type', 'application/json']]) as Record<string, string>,
      body: Buffer.from(body === undefined ? '' : (stringify(body) ?? '')),
    });
  });
  const named = Object.entries(reply.headers ?? {}).map(([name, value]) => [HEADER_NAMES[name] ?? name, value]);
  return {
    body: reply.json === undefined ? null : parse(stringify(reply.json) ?? 'null'),
    httpHeaders: Object.fromEntries(named) as Record<string, string>,
    httpStatusCode: reply.status,
    referenceId: String(given.referenceId),
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

/** The request with every `@{ref.path}` in its texts replaced. */
function substituted(given: Record<string, unknown>, answers: ReadonlyMap<string, Subresponse>): typeof given {
  const text = stringify(given)?.replace(REFERENCE, (whole, referenceId: string, path: string) => {
    let found: unknown = answers.get(referenceId)?.body;
    for (const step of path.match(/\w+/g) ?? []) found = (found as Record<string, unknown> | null | undefined)?.[step];
    if (typeof found === 'string' || typeof found === 'boolean' || found instanceof LosslessNumber) {
      return JSON.stringify(String(found)).slice(1, -1);
    }
    const message = `Invalid reference specified. No value for ${referenceId}${path} found in ${referenceId}. It was asked for as ${whole}`;
    throw new ApiError(400, 'PROCESSING_HALTED', message);
  });
  return parse(text ?? '{}') as typeof given;
}

function isGood({ httpStatusCode }: Subresponse): boolean {
  return httpStatusCode < 400;
}

function halted(referenceId: string, message: string): Subresponse {
  return { body: [{ errorCode: 'PROCESSING_HALTED', message }], httpHeaders: {}, httpStatusCode: 400, referenceId };
}
