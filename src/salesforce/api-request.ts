import type { ApiError } from './errors.js';
import type { HttpRequest } from './exchange.js';
import type { RawReply } from './reply.js';

/** One call of a data API. */
export interface ApiRequest<T> {
  readonly method: HttpRequest['method'];
  /** Below `/services/data/vXX.0/`, or with a leading slash below the instance; its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** A serialised JSON body, as text or in UTF-8. */
  readonly json?: string | Buffer | undefined;
  /** A CSV body; sent as it is, with its length. */
  readonly csv?: readonly Uint8Array[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What the reply is expected to be; `json` by default. */
  readonly accept?: 'json' | 'csv' | undefined;
  /** May the request be processed twice without harm? */
  readonly repeatable: boolean;
  /** Repeat it only if nothing of it was sent, or after a 401. */
  readonly onlyIfNotSent?: boolean | undefined;
  /** It brings a bulk job that was made to its end, whatever `max_api_usage` says. */
  readonly followsJob?: boolean | undefined;
  /** What the time-out measures: `total` (the default) the whole attempt, `idle` the silence between two pieces of a large body. */
  readonly timeoutKind?: HttpRequest['timeoutKind'] | undefined;
  /** Reads a 2xx reply. Throws `RequestFailure` when the body is not what it must be: the outcome is then unknown. */
  read(reply: RawReply): T | Promise<T>;
  /** May recognise a complete error reply as a result; undefined leaves it an error. May throw `RequestFailure`. */
  readError?(reply: ErrorReply): { readonly value: T } | undefined;
  /** Gives up at once, whatever is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Once aborted, no attempt is made and no wait begun, if it is certain that nothing was processed yet. */
  readonly stopping?: AbortSignal | undefined;
}

/** A complete reply of a status from 400. */
export interface ErrorReply {
  readonly status: number;
  readonly text: string;
  /** Empty when the body is no error document. */
  readonly errors: readonly ApiError[];
}

export interface ApiReply<T> {
  readonly value: T;
  readonly status: number;
  /** HTTP attempts made. */
  readonly attempts: number;
  /** An earlier attempt was perhaps processed: then a delete's `ENTITY_IS_DELETED` is success. */
  readonly mayHaveRunBefore: boolean;
}

/** How a call can be interrupted; see {@link ApiRequest}. */
export interface Interruption {
  readonly signal?: AbortSignal | undefined;
  readonly stopping?: AbortSignal | undefined;
}

/** What a request is called in messages: without its query, which may be long. */
export function requestName({ method, path }: Pick<ApiRequest<unknown>, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

/** The headers of a data call, all but those of the session. */
export function requestHeaders(request: ApiRequest<unknown>): Record<string, string> {
  const { json, csv, accept = 'json' } = request;
  const own: Record<string, string> = {
    accept: accept === 'csv' ? 'text/csv' : 'application/json',
    'accept-encoding': 'gzip',
    ...(json === undefined ? {} : { 'content-type': 'application/json; charset=UTF-8' }),
    ...(csv === undefined ? {} : { 'content-type': 'text/csv; charset=UTF-8' }),
  };
  const given = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...Object.fromEntries(given), ...own };
}
