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

/** What else can become of an answer. */
const MISHAPS = [
  ...(['reset-before', 'reset-after', 'timeout-before', 'timeout-after', 'truncate', 'garbage', 'empty'] as const),
  ...(['slow', 'refused', 'results-empty', 'results-truncate'] as const),
];

/** Of a collections call that holds a value which cannot be read: the call is refused as a whole. */
const VALUE_FAULTS = ['bad-value-400'] as const;
const JOB_FAULTS = ['job-stuck', 'job-fail-halfway', 'job-abort-halfway'] as const;
/** Of a single record that would otherwise have been written. */
const RECORD_FAULTS = ['lock', 'record-error'] as const;

export type FaultKind =
  | keyof typeof REFUSALS
  | keyof typeof PAGES
  | (typeof MISHAPS | typeof VALUE_FAULTS | typeof JOB_FAULTS | typeof RECORD_FAULTS)[number];

const KINDS = [
  ...[...Object.keys(REFUSALS), ...Object.keys(PAGES)].sort(),
  ...[...MISHAPS, ...VALUE_FAULTS, ...JOB_FAULTS, ...RECORD_FAULTS],
] as FaultKind[];

const OCCASION = ['count', 'after', 'nth', 'rate'];
const REQUEST = [...OCCASION, 'path', 'method', 'on', 'body'];
const STATUS = [...REQUEST, 'processed', 'retry-after', 'code', 'message'];
const RECORD = [...OCCASION, 'sobject', 'operation', 'key'];

const asText = (value: string): string | undefined => (value === '' ? undefined : value);
const asNames = (value: string): string[] | undefined => (value === '' ? undefined : value.split(','));
const asCount = (value: string): number | undefined => (/^\d+$/.test(value) ? Number(value) : undefined);
const asOrdinal = (value: string): number | undefined => (/^[1-9]\d*$/.test(value) ? Number(value) : undefined);
const asShare = (value: string): number | undefined =>
  /^(?:0|1|0?\.\d+|1\.0+)$/.test(value) ? Number(value) : undefined;
const asFlag = (value: string): boolean | undefined =>
  value === 'true' || value === 'false' ? value === 'true' : undefined;

/** Undefined for what is no value of the setting. */
const READERS: Readonly<Record<string, ((value: string) => unknown) | undefined>> = {
  count: asCount,
  after: asCount,
  nth: asOrdinal,
  rate: asShare,
  path: asText,
  method: (value) => asText(value.toUpperCase()),
  on: (value) => REQUEST_KINDS.find((kind: RequestKind) => kind === value),
  body: asText,
  processed: asFlag,
  'retry-after': asText,
  sobject: asText,
  operation: asText,
  key: asText,
  code: asText,
  fields: asNames,
  message: asText,
  ms: asCount,
  done: asShare,
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
  const kind = KINDS.find((one) => one === kindText.trim());
  if (!kind) throw usage(text, `"${kindText}" is not a fault`, `One of: ${KINDS.join(', ')}.`);
  const fault: Record<string, unknown> = { kind };
  for (const setting of settings) {
    const split = setting.indexOf('=');
    const name = setting.slice(0, split);
    const read = READERS[name];
    if (!read)
      throw usage(text, `"${name}" is not a setting of a fault`, `One of: ${Object.keys(READERS).join(', ')}.`);
    const value = read(setting.slice(split + 1));
    if (value === undefined) throw usage(text, `"${setting}" does not have a valid value`);
    fault[name === 'retry-after' ? 'retryAfter' : name] = value;
  }
  const stray = settings.map((one) => one.slice(0, one.indexOf('='))).find((name) => !settingsOf(kind).includes(name));
  if (stray !== undefined) {
    throw usage(text, `"${stray}" does not apply to ${kind}`, `It takes: ${settingsOf(kind).join(', ')}.`);
  }
  return fault as unknown as Fault;
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
    return this.#strike(({ fault }) => {
      if ([JOB_FAULTS, RECORD_FAULTS, VALUE_FAULTS].some((kinds) => isOneOf(kinds, fault))) return false;
      if (fault.kind.startsWith('results-') && kind !== 'bulk-result') return false;
      return isAbout(fault, request, pathAndQuery, kind);
    });
  }

  /** The fault that refuses a collections call as a whole because of a value that cannot be read, if any. */
  forBadValue(request: ApiRequest): Fault | undefined {
    const pathAndQuery = `${request.path}?${request.query.toString()}`;
    return this.#strike(
      ({ fault }) => isOneOf(VALUE_FAULTS, fault) && isAbout(fault, request, pathAndQuery, 'collections'),
    );
  }

  forJob(sobject: string, operation: string): Fault | undefined {
    return this.#strike(({ fault }) => isOneOf(JOB_FAULTS, fault) && concerns(fault, sobject, operation));
  }

  forRecord({ sobject, operation, holds, fields }: RecordOccasion): Fault | undefined {
    if (this.#armed.length === 0) return undefined;
    return this.#strike(
      ({ fault }) =>
        isOneOf(RECORD_FAULTS, fault) &&
        concerns(fault, sobject, operation) &&
        (fault.key === undefined || holds(fault.key)) &&
        sendsRefused(fault, fields),
    );
  }

  #strike(matches: (armed: ArmedFault) => boolean): Fault | undefined {
    for (const armed of this.#armed) {
      if (matches(armed) && isDue(armed)) {
        armed.struck++;
        return armed.fault;
      }
    }
    return undefined;
  }
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

function isOneOf(kinds: readonly string[], fault: Fault): boolean {
  return kinds.includes(fault.kind);
}

/** What can be set for a fault of this kind. */
function settingsOf(kind: FaultKind): readonly string[] {
  if (JOB_FAULTS.some((one) => one === kind)) return [...OCCASION, 'sobject', 'operation', 'done', 'message'];
  if (kind === 'lock') return RECORD;
  if (kind === 'record-error') return [...RECORD, 'code', 'fields', 'message'];
  if (kind === 'slow' || kind === 'refused') return [...REQUEST, 'ms'];
  return /^\d{3}|^limit-|^results-404/.test(kind) ? STATUS : REQUEST;
}

function usage(text: string, problem: string, hint?: string): UsageError {
  return new UsageError(`The fault "${text}" is not valid: ${problem}.`, { hint });
}
