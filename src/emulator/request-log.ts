import type { ApiRequest, LoggedRequest, RequestKind } from './requests.js';

/** The latest requests, oldest first. */
export class RequestLog {
  readonly requests: LoggedRequest[] = [];
  readonly #maxRequests: number;
  readonly #recordBodies: boolean;
  #made = 0;

  constructor(maxRequests: number, recordBodies: boolean) {
    this.#maxRequests = maxRequests;
    this.#recordBodies = recordBodies;
  }

  nextId(): string {
    return `r${++this.#made}`;
  }

  add(request: ApiRequest, path: string, kind: RequestKind, bodyBytes: number, startedMs: number): LoggedRequest {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'authorization'));
    const logged: LoggedRequest = {
      id: request.id,
      method: request.method,
      path,
      kind,
      headers,
      bodyBytes,
      ...(this.#recordBodies && kind !== 'token' ? { body: request.body.toString('utf8') } : {}),
      startedMs,
      status: 0,
      ms: 0,
    };
    this.requests.push(logged);
    if (this.requests.length > this.#maxRequests) this.requests.shift();
    return logged;
  }
}
