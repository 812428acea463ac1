import { UsageError } from '../core/errors.js';
import type { Random } from './random.js';
import { REQUEST_KINDS, type ApiRequest, type RequestKind } from './requests.js';

/** Refusals in the form of the API: status, code, message. */
export const REFUSALS = {
  '400': [400, 'BAD_REQUEST', 'Bad request'],
  '401': [401, 'INVALID_SESSION_ID', 'Session expired or invalid'],
  '403': [403, 'API_DISABLED_FOR_ORG', 'API is not enabled for this Organization'],
  '404': [404, 'NOT_FOUND', 'The requested resource does not exist'],
  '429': [429, 'REQUEST_LIMIT_EXCEEDED', 'Too many requests'],
  '500': [
    500,
    'UNKNOWN_EXCEPTION',
    'An unexpected error occurred. Please include this ErrorId if you contact support: 1234567890-12345 (-123456789)',
  ],
  '503': [503, 'SERVER_UNAVAILABLE', 'server unavailable'],
  'limit-total': [403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'],
  'limit-concurrent': [403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.'],
  'results-404': [404, 'NOT_FOUND', 'The requested resource does not exist'],
} as const;

/** Web pages of the gateway: status and text. */
export const PAGES = {
  '413': [413, 'The gateway could not answer.'],
  '420': [420, 'The gateway could not answer.'],
  '502': [502, 'The gateway could not answer.'],
  '503-html': [503, 'Service Unavailable'],
  '504': [504, 'The gateway could not answer.'],
} as const;

const OCCASION = ['count', 'after', 'nth', 'rate'];
const REQUEST = [...OCCASION, 'path', 'method', 'on', 'body'];
const STATUS = [...REQUEST, 'processed', 'retry-after', 'code', 'message'];
const WAIT = [...REQUEST, 'ms'];
const JOB = [...OCCASION, 'sobject', 'operation', 'done', 'message'];
const RECORD = [...OCCASION, 'sobject', 'operation', 'key'];

/** What else can become of a request, and what can be set for it. */
const MISHAPS = {
  ...{ 'reset-before': REQUEST, 'reset-after': REQUEST, 'timeout-before': REQUEST, 'timeout-after': REQUEST },
  ...{ truncate: REQUEST, garbage: REQUEST, empty: REQUEST, slow: WAIT, refused: WAIT },
  ...{ 'results-empty': REQUEST, 'results-truncate': REQUEST },
  // Of a collections call that holds a value which cannot be read: the call is refused as a whole.
  'bad-value-400': REQUEST,
  ...{ 'job-stuck': JOB, 'job-fail-halfway': JOB, 'job-abort-halfway': JOB },
  // Of a single record that would otherwise have been written.
  ...{ lock: RECORD, 'record-error': [...RECORD, 'code', 'fields', 'message'] },
};

export type FaultKind = keyof typeof REFUSALS | keyof typeof PAGES | keyof typeof MISHAPS;

/** By kind of fault, what can be set for it. */
const SETTINGS: ReadonlyMap<string, readonly string[]> = new Map([
  ...[...Object.keys(REFUSALS), ...Object.keys(PAGES)].sort().map((kind) => [kind, STATUS] as const),
  ...Object.entries(MISHAPS),
]);

/** Whom a fault strikes. */
type Victim = 'request' | 'value' | 'job' | 'record';

const NUMBERS: Readonly<Record<string, RegExp>> = {
  ...{ count: /^\d+$/, after: /^\d+$/, ms: /^\d+$/, nth: /^[1-9]\d*$/ },
  ...{ rate: /^(?:0|1|0?\.\d+|1\.0+)$/, done: /^(?:0|1|0?\.\d+|1\.0+)$/ },
};

/** Something that goes wrong on purpose: what, where, and how often. Conditions that are absent always hold. */
export interface Fault {
  readonly kind: FaultKind;
  /** How often it happens; once, unless `rate` is given. 0 is without end. */
  readonly count?: number;
  /** Lets this many matching occasions pass first. */
  readonly after?: number;
  /** Happens on exactly this matching occasion, counted from 1. */
  readonly nth?: number;
  /** Probability per matching occasion, drawn from the seed. */
  readonly rate?: number;
  /** Text that the request's path with its query must contain. */
  readonly path?: string;
  readonly method?: string;
  readonly on?: RequestKind;
  /** Text that the request body must contain (realtime calls only). */
  readonly body?: string;
  /** For statuses: whether the work was done before the error was answered; false. */
  readonly processed?: boolean;
  /** Seconds, or an HTTP date, for the `Retry-After` header. */
  readonly retryAfter?: string;
  /** Jobs, records. */
  readonly sobject?: string;
  /** Jobs, records. */
  readonly operation?: string;
  /** Records: a value that the record must hold in one of its fields or as its Id. */
  readonly key?: string;
  /** `record-error`: the record's `statusCode`; `UNKNOWN_EXCEPTION`. */
  readonly code?: string;
  /**
   * `record-error`: the fields it names. With `INVALID_FIELD_FOR_INSERT_UPDATE` it strikes only a record that sends one of
   * them, and names those.
   */
  readonly fields?: readonly string[];
  readonly message?: string;
  /** `slow`: milliseconds before the answer; `refused`: milliseconds without connections. 1,000. */
  readonly ms?: number;
  /** Jobs: share of the rows that are worked on first, 0 to 1; 0.5. */
  readonly done?: number;
}

interface ArmedFault {
  readonly fault: Fault;
  readonly random: Random;
  seen: number;
  struck: number;
}

/** What a record fault is matched against. */
export interface RecordOccasion {
  readonly sobject: string;
  readonly operation: string;
  /** Tells whether the record holds this text. */
  readonly holds: (key: string) => boolean;
  /** The fields that the record sends. */
  readonly fields: readonly string[];
}

/**
 * Reads a fault from one line of text:
 *
 *     KIND[:NAME=VALUE]...        503:count=2:path=/composite/sobjects:after=1:retry-after=3
 *
 * Names: `count after nth rate path method on body processed retry-after sobject operation key code fields message ms
 * done`. `fields` are separated by commas.
 * A value ends at a colon that is followed by a name and `=`, so values may hold colons.
 * @throws UsageError that says which part was not understood, and what could stand there
 */
export function parseFault(text: string): Fault {
  const [kindText = '', ...settings] = text.split(/:(?=[a-z-]+=)/);
  const kind = kindText.trim();
  const names = SETTINGS.get(kind);
  if (!names) throw usage(text, `"${kindText}" is not a fault`, `One of: ${[...SETTINGS.keys()].join(', ')}.`);
  const known = new Set([...SETTINGS.values()].flat());
  const fault: Record<string, unknown> = { kind };
  for (const setting of settings) {
    const [name = '', given = ''] = setting.split(/=(.*)/s);
    if (!known.has(name)) {
      throw usage(text, `"${name}" is not a setting of a fault`, `One of: ${[...known].join(', ')}.`);
    }
    if (!names.includes(name)) {
      throw usage(text, `"${name}" does not apply to ${kind}`, `It takes: ${names.join(', ')}.`);
    }
    const value = readSetting(name, given);
    if (value === undefined) throw usage(text, `"${setting}" does not have a valid value`);
    fault[name === 'retry-after' ? 'retryAfter' : name] = value;
  }
  return fault as unknown as Fault;
}

/** Undefined for what is no value of the setting. */
function readSetting(name: string, value: string): unknown {
  const pattern = NUMBERS[name];
  if (pattern) return pattern.test(value) ? Number(value) : undefined;
  if (name === 'processed') return value === 'true' || (value === 'false' ? false : undefined);
  if (name === 'on') return REQUEST_KINDS.find((kind: RequestKind) => kind === value);
  if (value === '') return undefined;
  if (name === 'fields') return value.split(',');
  return name === 'method' ? value.toUpperCase() : value;
}

/** The faults in force, and how often each has had its chance. */
export class FaultPlan {
  readonly #random: Random;
  #armed: ArmedFault[] = [];
  #added = 0;

  constructor(random: Random, faults: readonly (Fault | string)[]) {
    this.#random = random;
    for (const fault of faults) this.add(fault);
  }

  add(fault: Fault | string): void {
    const parsed = typeof fault === 'string' ? parseFault(fault) : fault;
    this.#armed.push({ fault: parsed, random: this.#random.fork(`fault ${this.#added++}`), seen: 0, struck: 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The fault that strikes this request, if any. */
  forRequest(request: ApiRequest, pathAndQuery: string, kind: RequestKind): Fault | undefined {
    return this.#strike('request', (fault) => {
      if (fault.kind.startsWith('results-') && kind !== 'bulk-result') return false;
      return isAbout(fault, request, pathAndQuery, kind);
    });
  }

  /** The fault that refuses a collections call as a whole because of a value that cannot be read, if any. */
  forBadValue(request: ApiRequest): Fault | undefined {
    const pathAndQuery = `${request.path}?${request.query.toString()}`;
    return this.#strike('value', (fault) => isAbout(fault, request, pathAndQuery, 'collections'));
  }

  forJob(sobject: string, operation: string): Fault | undefined {
    return this.#strike('job', (fault) => concerns(fault, sobject, operation));
  }

  forRecord({ sobject, operation, holds, fields }: RecordOccasion): Fault | undefined {
    return this.#strike(
      'record',
      (fault) =>
        concerns(fault, sobject, operation) &&
        (fault.key === undefined || holds(fault.key)) &&
        sendsRefused(fault, fields),
    );
  }

  #strike(victim: Victim, matches: (fault: Fault) => boolean): Fault | undefined {
    const struck = this.#armed.find(
      (armed) => victimOf(armed.fault) === victim && matches(armed.fault) && isDue(armed),
    );
    if (struck) struck.struck++;
    return struck?.fault;
  }
}

function victimOf({ kind }: Fault): Victim {
  if (kind === 'lock' || kind === 'record-error') return 'record';
  if (kind === 'bad-value-400') return 'value';
  return kind.startsWith('job-') ? 'job' : 'request';
}

function isDue(armed: ArmedFault): boolean {
  const { after = 0, nth, rate } = armed.fault;
  const count = armed.fault.count ?? (rate === undefined ? 1 : 0);
  armed.seen++;
  if (count > 0 && armed.struck >= count) return false;
  if (armed.seen <= after) return false;
  if (nth !== undefined && armed.seen !== nth) return false;
  return rate === undefined || armed.random.chance(rate);
}

function isAbout(fault: Fault, request: ApiRequest, pathAndQuery: string, kind: RequestKind): boolean {
  if (fault.on !== undefined ? fault.on !== kind : kind === 'token' && fault.path === undefined) return false;
  if (fault.method !== undefined && fault.method !== request.method) return false;
  if (fault.body !== undefined && !request.body.includes(fault.body)) return false;
  return fault.path === undefined || pathAndQuery.includes(fault.path);
}

function concerns(fault: Fault, sobject: string, operation: string): boolean {
  if (fault.sobject !== undefined && fault.sobject.toLowerCase() !== sobject.toLowerCase()) return false;
  return fault.operation === undefined || fault.operation === operation;
}

/** A refusal of fields needs a record that sends one of them; a rule may name any. */
function sendsRefused({ code, fields: refused }: Fault, sent: readonly string[]): boolean {
  if (code !== 'INVALID_FIELD_FOR_INSERT_UPDATE' || refused === undefined) return true;
  return refused.some((name) => sent.includes(name));
}

function usage(text: string, problem: string, hint?: string): UsageError {
  return new UsageError(`The fault "${text}" is not valid: ${problem}.`, { hint });
}
