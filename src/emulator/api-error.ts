/** One error of a whole request, as data calls answer it: in an array, with `errorCode`. */
export interface RequestError {
  readonly errorCode: string;
  readonly message: string;
  readonly fields?: readonly string[];
  /** Spelt as the platform does. */
  readonly duplicateResut?: unknown;
}

/** One error of one record: `statusCode` instead of `errorCode`. */
export interface RecordError {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
  readonly duplicateResut?: unknown;
}

/** Thrown by a route: the whole request is refused and nothing was written. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly RequestError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    errorCode: string,
    message: string,
    {
      headers = {},
      ...options
    }: Omit<RequestError, 'errorCode' | 'message'> & { headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = [{ message, errorCode, ...options }];
    this.headers = headers;
  }
}

export function recordError(statusCode: string, message: string, fields: readonly string[] = []): RecordError {
  return { statusCode, message, fields };
}

export function resourceNotFound(): ApiError {
  return new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
}
