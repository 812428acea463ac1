import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { ConnectionFailure } from './connector.js';
import { RequestFailure } from './errors.js';
import { onAbort } from './wait.js';

const UPLOAD_SLICE_BYTES = 65_536;
const TIMEOUT = 'TIMEOUT';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Pieces are sent one by one with a known total length. */
  readonly body?: string | Buffer | readonly Uint8Array[] | undefined;
  readonly timeoutMs: number;
  /** `total`: from the call to the last byte of the reply. `idle`: between two signs of life, for large bodies. */
  readonly timeoutKind: 'total' | 'idle';
  readonly signal?: AbortSignal | undefined;
}

export interface HttpReply {
  readonly status: number;
  /** Names in lower case; of repeated headers the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As sent, perhaps compressed. Fails with an {@link RequestFailure}. */
  readonly body: Readable;
}

/**
 * Follows one request through undici. It exists because undici's own `request` does not tell whether a failed request
 * was ever written to a connection, and does not end while it waits for one.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly reply: Promise<HttpReply>;
  /** What to hand to undici as the request's body. */
  readonly body: string | Buffer | Readable | null;
  readonly #request: HttpRequest;
  #resolve!: (reply: HttpReply) => void;
  #reject!: (error: RequestFailure) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #replyBody: Readable | undefined;
  #failure: RequestFailure | undefined;
  #isOver = false;
  #forgetSignal: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #proxy: string | undefined;

  /** `proxy`: the host and port of the one that the request goes through. */
  constructor(request: HttpRequest, proxy?: string) {
    this.#request = request;
    this.#proxy = proxy;
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { body = null } = request;
    this.body = isPieces(body) ? Readable.from(this.#chunks(body)) : body;
    this.#startTimer();
    this.#forgetSignal = onAbort(request.signal, () => {
      this.#fail('ABORTED', 'the request was cancelled');
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#failure !== undefined) {
      // Nothing is written after this.
      controller.abort(this.#failure);
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    if (status < 200) return;
    this.#noteActivity();
    this.#replyBody = new Readable({
      highWaterMark: 65_536,
      read: () => {
        this.#noteActivity();
        controller.resume();
      },
      destroy: (error, callback) => {
        // Errors are dear, and most replies are read to their end.
        if (!this.#isOver) this.#fail('NOT_READ', 'the reply was not read to its end');
        callback(error);
      },
    });
    // Whoever reads it sees the error; between two readers nobody does, and that must not end the process.
    this.#replyBody.on('error', () => undefined);
    this.#resolve({ status, headers: firstValues(headers), body: this.#replyBody });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#noteActivity();
    if (this.#replyBody?.push(chunk) !== false) return;
    controller.pause();
    // While our reader is the slow one, the org's silence means nothing.
    if (this.#request.timeoutKind === 'idle') clearTimeout(this.#timer);
  }

  onResponseEnd(): void {
    this.#end();
    this.#replyBody?.push(null);
  }

  onResponseError(_controller: unknown, error: Error): void {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
    const reason = error instanceof ConnectionFailure ? error.reason : code;
    this.#fail(reason, this.#named(error.message), error);
  }

  async *#chunks(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      for (let start = 0; start < chunk.byteLength; start += UPLOAD_SLICE_BYTES) {
        this.#noteActivity();
        // Awaiting lets the socket drain, so that slices are taken at the speed of the line.
        yield await Promise.resolve(chunk.subarray(start, start + UPLOAD_SLICE_BYTES));
      }
    }
    this.#noteActivity();
  }

  #startTimer(): void {
    const { timeoutMs } = this.#request;
    this.#timer = setTimeout(() => {
      const what = this.#controller === undefined ? 'no connection' : 'no complete reply';
      this.#fail(TIMEOUT, this.#named(`${what} within ${timeoutMs} ms`));
    }, timeoutMs);
  }

  /** What the proxy itself did is said of it already. */
  #named(problem: string): string {
    const proxy = this.#proxy;
    return proxy === undefined || problem.includes(`proxy ${proxy}`)
      ? problem
      : `${problem} (through the proxy ${proxy})`;
  }

  #noteActivity(): void {
    if (this.#request.timeoutKind === 'total' || this.#isOver) return;
    clearTimeout(this.#timer);
    this.#startTimer();
  }

  #fail(reason: string, message: string, cause?: unknown): void {
    if (this.#isOver) return;
    // Where nothing was written to a connection, the org certainly knows nothing of the request.
    const code = reason === TIMEOUT ? 'REQUEST_TIMEOUT' : 'CONNECTION_RESET';
    const error =
      this.#controller === undefined
        ? new RequestFailure('not_sent', 'ORG_UNREACHABLE', message, { reason, cause })
        : new RequestFailure('lost', code, message, { cause });
    this.#failure = error;
    this.#end();
    this.#reject(error);
    this.#replyBody?.destroy(error);
    this.#controller?.abort(error);
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#forgetSignal?.();
  }
}

/** Is the body sent piece by piece? */
export function isPieces(body: HttpRequest['body'] | null): body is readonly Uint8Array[] {
  return Array.isArray(body);
}

type RawHeaders = Record<string, string | string[] | undefined>;

function firstValues(headers: RawHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value[0] : value]),
  );
}
