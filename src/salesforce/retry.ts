import { bareCode } from './error-body.js';
import { isCertificateFailure, isNotTls, type ApiError, type Failure, type RequestOutcome } from './errors.js';

export interface AttemptState {
  /** How many repetitions there were already; 0 after the first attempt. */
  readonly retries: number;
  readonly maxRetries: number;
  /** May the request be processed twice without harm? */
  readonly repeatable: boolean;
  /** Repeat only what never left this machine (an upload, which is begun anew in another job instead). */
  readonly onlyIfNotSent: boolean;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Why the whole run must stop. */
export type StopReason =
  | 'ORG_UNREACHABLE'
  | 'ORG_REDIRECTED'
  | 'SIGN_IN_REVOKED'
  | 'API_LIMIT_EXHAUSTED'
  | 'STORAGE_EXHAUSTED'
  | 'API_DISABLED'
  | 'API_VERSION_RETIRED';

type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'give_up'; readonly outcome: RequestOutcome; readonly stop?: StopReason };

/**
 * The whole retry policy, as a pure function. A rule says what a failure proves and how often it may be repeated;
 * what no rule recognises is not repeated. A request whose outcome is unknown is repeated only if it is repeatable.
 */
export function decideRetry(failure: Failure, state: AttemptState): RetryDecision {
  const rule = ruleFor(failure);
  const mayRepeat = state.onlyIfNotSent ? rule.outcome === 'not_sent' : rule.outcome !== 'unknown' || state.repeatable;
  // The server's timing is obeyed as it is, without jitter.
  if (mayRepeat && state.retries < Math.min(state.maxRetries, rule.mostRetries ?? 0)) {
    return { kind: 'retry', delayMs: failure.retryAfterMs ?? backoffDelayMs(state.retries + 1, state.random) };
  }
  // What could be repeated but must not be says nothing about the requests that follow.
  const stop = mayRepeat || rule.mostRetries === undefined ? rule.stop : undefined;
  return { kind: 'give_up', outcome: rule.outcome, ...(stop === undefined ? {} : { stop }) };
}

/** What is known about an attempt that failed so. */
export function outcomeOf(failure: Failure): RequestOutcome {
  return ruleFor(failure).outcome;
}

/** Is the refusal about what was asked, so that it would have been given to each earlier attempt as well? */
export function isAboutContent(failure: Failure): boolean {
  return failure.kind === 'status' && ruleFor(failure) === REFUSAL;
}

/** Full jitter: anything from nothing to a ceiling that doubles from 0.5 s to 60 s. `retry` counts from 1. */
export function backoffDelayMs(retry: number, random: () => number): number {
  const ceilingMs = Math.min(60_000, 500 * 2 ** Math.min(retry - 1, 20));
  return Math.floor(random() * ceilingMs);
}

/** Reads `Retry-After`: seconds or an HTTP date; at most one hour. A malformed value gives undefined. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  let delayMs: number;
  if (/^\d+$/.test(text)) delayMs = Number(text) * 1000;
  else if (/^[A-Za-z]{3,9},? /.test(text)) delayMs = Math.max(0, Date.parse(text) - nowMs);
  else return undefined;
  return Number.isNaN(delayMs) ? undefined : Math.min(delayMs, 3_600_000);
}

interface Rule {
  readonly outcome: RequestOutcome;
  /** Undefined: never repeated. */
  readonly mostRetries?: number;
  /** Once repeating is over, or has no sense: why the run stops. */
  readonly stop?: StopReason;
}

const ALWAYS = Number.POSITIVE_INFINITY;
const NEVER_OPENED: Rule = { outcome: 'not_sent', mostRetries: ALWAYS, stop: 'ORG_UNREACHABLE' };
const NEVER_OPENS: Rule = { outcome: 'not_sent', stop: 'ORG_UNREACHABLE' };
const LOST: Rule = { outcome: 'unknown', mostRetries: ALWAYS, stop: 'ORG_UNREACHABLE' };
const UNUSABLE: Rule = { outcome: 'unknown', mostRetries: ALWAYS };
const OVERLOADED: Rule = { outcome: 'refused', mostRetries: ALWAYS, stop: 'ORG_UNREACHABLE' };
const THROTTLED: Rule = { outcome: 'refused', mostRetries: ALWAYS };
const UNROUTABLE: Rule = { outcome: 'refused', mostRetries: 2, stop: 'ORG_UNREACHABLE' };
const SERVER_ERROR: Rule = { outcome: 'unknown', mostRetries: ALWAYS };
/** The org gave up on it, and would again: a smaller request is the cure, which is the caller's to try. */
const TOO_SLOW: Rule = { outcome: 'unknown', mostRetries: 2 };
const REFUSAL: Rule = { outcome: 'refused' };

function ruleFor(failure: Failure): Rule {
  switch (failure.kind) {
    case 'not_sent':
      return isHopeless(failure.reason ?? '') ? NEVER_OPENS : NEVER_OPENED;
    case 'lost':
      return LOST;
    case 'unusable':
      return UNUSABLE;
    case 'status':
      return ruleForStatus(failure.status ?? 0, failure.errors);
  }
}

/** A connection that will not open however often it is tried. What is not recognised may pass. */
function isHopeless(reason: string): boolean {
  const isSetting = reason === 'PROXY_REFUSED' || reason === 'UND_ERR_INVALID_ARG';
  return isSetting || isCertificateFailure(reason) || isNotTls(reason);
}

function ruleForStatus(status: number, errors: readonly ApiError[]): Rule {
  if (status === 429 || status === 503) return OVERLOADED;
  // A gateway that waited in vain for us (408) knows no more about the org than one that waited for the org.
  if (status === 502 || status === 504 || status === 408) return LOST;
  if (status >= 500) return SERVER_ERROR;
  if (status === 420) return UNROUTABLE;
  if (status === 401) return { outcome: 'refused', stop: 'SIGN_IN_REVOKED' };
  if (status === 410) return { outcome: 'refused', stop: 'API_VERSION_RETIRED' };
  if (status >= 301 && status <= 308 && status !== 304) return { outcome: 'refused', stop: 'ORG_REDIRECTED' };
  const [error] = errors;
  return error === undefined ? REFUSAL : ruleForCode(error);
}

/** Complete error replies of other statuses, by their first code. Unless the org gave up half-way, nothing was written. */
function ruleForCode({ code, message }: ApiError): Rule {
  switch (bareCode(code)) {
    case 'REQUESTLIMITEXCEEDED':
      // One code, two meanings: too many at once passes in seconds, the daily allocation in hours.
      return /concurrent/i.test(message) ? OVERLOADED : { outcome: 'refused', stop: 'API_LIMIT_EXHAUSTED' };
    case 'EXCEEDEDQUOTA':
      return { outcome: 'refused', stop: 'API_LIMIT_EXHAUSTED' };
    case 'LIMITEXCEEDED':
      return /ApiBatchItems/i.test(message) ? { outcome: 'refused', stop: 'API_LIMIT_EXHAUSTED' } : REFUSAL;
    case 'STORAGELIMITEXCEEDED':
    case 'LICENSELIMITEXCEEDED':
      return { outcome: 'refused', stop: 'STORAGE_EXHAUSTED' };
    case 'APIDISABLEDFORORG':
    case 'APICURRENTLYDISABLED':
    case 'INVALIDOPERATIONWITHEXPIREDPASSWORD':
      return { outcome: 'refused', stop: 'API_DISABLED' };
    case 'RATELIMITEXCEEDED':
      return OVERLOADED;
    case 'TXNSECURITYMETERINGERROR':
    case 'TOOMANYJOBS':
      return THROTTLED;
    case 'REQUESTRUNNINGTOOLONG':
    case 'QUERYTIMEOUT':
      return TOO_SLOW;
    case 'UNKNOWNEXCEPTION':
      return SERVER_ERROR;
    default:
      return recordVerdict(code, message) === 'retry' ? THROTTLED : REFUSAL;
  }
}

/**
 * What to do with one record that the org refused in a complete reply. Such a record was not written, so sending it
 * again is safe for inserts too.
 * - `retry`: the cause passes by itself (locks, load).
 * - `retry_once`: likely to pass, but not worth insisting on.
 * - `stop`: every further record would meet the same (storage, licences).
 * - `final`: only other data, metadata or permissions help. Unknown codes are final.
 */
type RecordVerdict = 'retry' | 'retry_once' | 'stop' | 'final';

/** `keyField` is the external id field of an upsert, to recognise two upserts that raced to create one record. */
export function recordVerdict(errorCode: string, message: string, keyField?: string): RecordVerdict {
  const code = bareCode(errorCode);
  if (PASSING.has(code)) return 'retry';
  // Apex and flows wrap the lock they ran into.
  if (WRAPPING.has(code)) return /UNABLE_TO_LOCK_ROW/.test(message) ? 'retry' : 'final';
  if (UNEXPLAINED.has(code)) return 'retry_once';
  if (code === 'DUPLICATEVALUE') return isUpsertRace(message, keyField) ? 'retry_once' : 'final';
  return EXHAUSTED.has(code) ? 'stop' : 'final';
}

/** Codes without underscores: bulk and REST spell them differently. */
const PASSING = new Set([
  'UNABLETOLOCKROW',
  'PROCESSINGHALTED',
  'SERVERUNAVAILABLE',
  'TOOMANYAPEXREQUESTS',
  'TOOMANYLOCKFAILURE',
  'TIMEOUT',
  'REQUESTRUNNINGTOOLONG',
  'QUERYTIMEOUT',
  'TXNSECURITYMETERINGERROR',
  'PLATFORMEVENTPUBLISHINGUNAVAILABLE',
  'PLATFORMEVENTPUBLISHFAILED',
  'INSERTUPDATEDELETENOTALLOWEDDURINGMAINTENANCE',
  'TERRITORYREALIGNINPROGRESS',
  'RECORDINUSEBYWORKFLOW',
]);
const UNEXPLAINED = new Set(['UNKNOWNEXCEPTION', 'UNKNOWN', 'INTERNALSERVERERROR', 'JOBFAILED']);
const WRAPPING = new Set(['CANNOTINSERTUPDATEACTIVATEENTITY', 'CANNOTEXECUTEFLOWTRIGGER']);
const EXHAUSTED = new Set(['STORAGELIMITEXCEEDED', 'LICENSELIMITEXCEEDED', 'EXCEEDEDQUOTA']);

/**
 * "duplicate value found: Ext__c duplicates value on record with id: 001…": when the field is the key itself, somebody
 * else created the record between the org's look and its write, and the repetition is an update. So it is, as a rule, when
 * the org cannot say which field it was. Any other field is a real duplicate.
 */
function isUpsertRace(message: string, keyField: string | undefined): boolean {
  if (keyField === undefined) return false;
  const named = /duplicate value found:\s*(\S+)\s+duplicates value/i.exec(message)?.[1]?.toLowerCase();
  return named === '<unknown>' || named === keyField.toLowerCase();
}
