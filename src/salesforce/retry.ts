import { bareCode } from './error-body.js';
import type { ApiError, RequestOutcome } from './errors.js';
import { recordVerdict } from './record-verdict.js';

export { recordVerdict } from './record-verdict.js';

/** What happened to one HTTP attempt, as plain data. */
export type Failure =
  /** No connection: nothing was sent. `final`: trying again cannot help (certificate, not TLS, proxy refuses). */
  | { readonly kind: 'not_opened'; readonly code: string; readonly final: boolean }
  /** Sent, wholly or in part, and no complete reply came. */
  | { readonly kind: 'lost'; readonly code: 'REQUEST_TIMEOUT' | 'CONNECTION_RESET' }
  /** A complete reply of a 2xx status, or of a results shape, that cannot be believed. */
  | { readonly kind: 'unusable'; readonly code: string }
  /** A complete error reply. `errors` is empty when the body was HTML or nothing. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly errors: readonly ApiError[];
      readonly retryAfterMs?: number | undefined;
    };

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

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'give_up'; readonly outcome: RequestOutcome; readonly stop?: StopReason };

/**
 * The whole retry policy, as a pure function. A rule says what a failure proves and how often it may be repeated;
 * what no rule recognises is not repeated. A request whose outcome is unknown is repeated only if it is repeatable.
 */
export function decideRetry(failure: Failure, state: AttemptState): RetryDecision {
  const rule = ruleFor(failure);
  const mayRepeat = state.onlyIfNotSent ? rule.outcome === 'not_sent' : rule.outcome !== 'unknown' || state.repeatable;
  if (mayRepeat && state.retries < Math.min(state.maxRetries, rule.mostRetries ?? 0)) {
    return { kind: 'retry', delayMs: serverDelayMs(failure) ?? backoffDelayMs(state.retries + 1, state.random) };
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
  return failure.kind === 'status' && ruleFor(failure) === refusal;
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

/** The server's timing is obeyed as it is, without jitter. */
export function serverDelayMs(failure: Failure): number | undefined {
  return failure.kind === 'status' ? failure.retryAfterMs : undefined;
}

interface Rule {
  readonly outcome: RequestOutcome;
  /** Undefined: never repeated. */
  readonly mostRetries?: number;
  /** Once repeating is over, or has no sense: why the run stops. */
  readonly stop?: StopReason;
}

const always = Number.POSITIVE_INFINITY;
const neverOpened: Rule = { outcome: 'not_sent', mostRetries: always, stop: 'ORG_UNREACHABLE' };
const neverOpens: Rule = { outcome: 'not_sent', stop: 'ORG_UNREACHABLE' };
const lost: Rule = { outcome: 'unknown', mostRetries: always, stop: 'ORG_UNREACHABLE' };
const unusable: Rule = { outcome: 'unknown', mostRetries: always };
const overloaded: Rule = { outcome: 'refused', mostRetries: always, stop: 'ORG_UNREACHABLE' };
const throttled: Rule = { outcome: 'refused', mostRetries: always };
const unroutable: Rule = { outcome: 'refused', mostRetries: 2, stop: 'ORG_UNREACHABLE' };
const serverError: Rule = { outcome: 'unknown', mostRetries: always };
/** The org gave up on it, and would again: a smaller request is the cure, which is the caller's to try. */
const tooSlow: Rule = { outcome: 'unknown', mostRetries: 2 };
const refusal: Rule = { outcome: 'refused' };

function ruleFor(failure: Failure): Rule {
  switch (failure.kind) {
    case 'not_opened':
      return failure.final ? neverOpens : neverOpened;
    case 'lost':
      return lost;
    case 'unusable':
      return unusable;
    case 'status':
      return ruleForStatus(failure.status, failure.errors);
  }
}

function ruleForStatus(status: number, errors: readonly ApiError[]): Rule {
  if (status === 429 || status === 503) return overloaded;
  // A gateway that waited in vain for us (408) knows no more about the org than one that waited for the org.
  if (status === 502 || status === 504 || status === 408) return lost;
  if (status >= 500) return serverError;
  if (status === 420) return unroutable;
  if (status === 401) return { outcome: 'refused', stop: 'SIGN_IN_REVOKED' };
  if (status === 410) return { outcome: 'refused', stop: 'API_VERSION_RETIRED' };
  if (status >= 301 && status <= 308 && status !== 304) return { outcome: 'refused', stop: 'ORG_REDIRECTED' };
  const [error] = errors;
  return error === undefined ? refusal : ruleForCode(error);
}

/** Complete error replies of other statuses, by their first code. Unless the org gave up half-way, nothing was written. */
function ruleForCode({ code, message }: ApiError): Rule {
  switch (bareCode(code)) {
    case 'REQUESTLIMITEXCEEDED':
      // One code, two meanings: too many at once passes in seconds, the daily allocation in hours.
      return /concurrent/i.test(message) ? overloaded : { outcome: 'refused', stop: 'API_LIMIT_EXHAUSTED' };
    case 'EXCEEDEDQUOTA':
      return { outcome: 'refused', stop: 'API_LIMIT_EXHAUSTED' };
    case 'LIMITEXCEEDED':
      return /ApiBatchItems/i.test(message) ? { outcome: 'refused', stop: 'API_LIMIT_EXHAUSTED' } : refusal;
    case 'STORAGELIMITEXCEEDED':
    case 'LICENSELIMITEXCEEDED':
      return { outcome: 'refused', stop: 'STORAGE_EXHAUSTED' };
    case 'APIDISABLEDFORORG':
    case 'APICURRENTLYDISABLED':
    case 'INVALIDOPERATIONWITHEXPIREDPASSWORD':
      return { outcome: 'refused', stop: 'API_DISABLED' };
    case 'RATELIMITEXCEEDED':
      return overloaded;
    case 'TXNSECURITYMETERINGERROR':
    case 'TOOMANYJOBS':
      return throttled;
    case 'REQUESTRUNNINGTOOLONG':
    case 'QUERYTIMEOUT':
      return tooSlow;
    case 'UNKNOWNEXCEPTION':
      return serverError;
    default:
      return recordVerdict(code, message) === 'retry' ? throttled : refusal;
  }
}
