import { describe, expect, it } from 'vitest';
import type { ApiError, Failure } from '../../src/salesforce/errors.js';
import {
  backoffDelayMs,
  decideRetry,
  outcomeOf,
  parseRetryAfter,
  type AttemptState,
} from '../../src/salesforce/retry.js';

const first: AttemptState = { retries: 0, maxRetries: 10, repeatable: true, onlyIfNotSent: false, random: () => 0.5 };

function status(code: number, errorCode?: string, message = ''): Failure {
  const errors: ApiError[] = errorCode === undefined ? [] : [{ code: errorCode, message, fields: [] }];
  return { kind: 'status', status: code, errors };
}

function decide(failure: Failure, state: Partial<AttemptState> = {}): string {
  const decision = decideRetry(failure, { ...first, ...state });
  if (decision.kind === 'retry') return 'retry';
  return decision.stop === undefined ? decision.outcome : `${decision.outcome} ${decision.stop}`;
}

/** What happens to a repeatable request, to an insert, to an upload, and to each that may be repeated when retries are used up. */
const table: [name: string, failure: Failure, repeatable: string, insert: string, upload: string, exhausted: string][] =
  [
    [
      'refused connection',
      { kind: 'not_sent', reason: 'ECONNREFUSED', errors: [] },
      'retry',
      'retry',
      'retry',
      'not_sent ORG_UNREACHABLE',
    ],
    [
      'bad certificate',
      { kind: 'not_sent', reason: 'CERT_HAS_EXPIRED', errors: [] },
      'not_sent ORG_UNREACHABLE',
      'not_sent ORG_UNREACHABLE',
      'not_sent ORG_UNREACHABLE',
      'not_sent ORG_UNREACHABLE',
    ],
    ['time-out', { kind: 'lost', errors: [] }, 'retry', 'unknown', 'unknown', 'unknown ORG_UNREACHABLE'],
    ['reset', { kind: 'lost', errors: [] }, 'retry', 'unknown', 'unknown', 'unknown ORG_UNREACHABLE'],
    ['unusable body', { kind: 'unusable', errors: [] }, 'retry', 'unknown', 'unknown', 'unknown'],
    ['429', status(429), 'retry', 'retry', 'refused', 'refused ORG_UNREACHABLE'],
    ['503', status(503, 'SERVER_UNAVAILABLE'), 'retry', 'retry', 'refused', 'refused ORG_UNREACHABLE'],
    ['500', status(500, 'UNKNOWN_EXCEPTION'), 'retry', 'unknown', 'unknown', 'unknown'],
    ['501', status(501), 'retry', 'unknown', 'unknown', 'unknown'],
    ['502', status(502), 'retry', 'unknown', 'unknown', 'unknown ORG_UNREACHABLE'],
    ['504', status(504), 'retry', 'unknown', 'unknown', 'unknown ORG_UNREACHABLE'],
    ['408', status(408), 'retry', 'unknown', 'unknown', 'unknown ORG_UNREACHABLE'],
    ['420', status(420), 'retry', 'retry', 'refused', 'refused ORG_UNREACHABLE'],
    ['401', status(401, 'INVALID_SESSION_ID'), ...same('refused SIGN_IN_REVOKED')],
    ['302', status(302), ...same('refused ORG_REDIRECTED')],
    ['308', status(308), ...same('refused ORG_REDIRECTED')],
    ['300', status(300), ...same('refused')],
    ['410', status(410), ...same('refused API_VERSION_RETIRED')],
    ['400', status(400, 'JSON_PARSER_ERROR'), ...same('refused')],
    ['400 without a code', status(400), ...same('refused')],
    ['404', status(404, 'NOT_FOUND'), ...same('refused')],
    ['403 html', status(403), ...same('refused')],
    ['413', status(413), ...same('refused')],
    ['414', status(414), ...same('refused')],
    ['431', status(431), ...same('refused')],
    [
      'concurrent requests',
      status(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'),
      'retry',
      'retry',
      'refused',
      'refused ORG_UNREACHABLE',
    ],
    [
      'daily requests',
      status(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'),
      ...same('refused API_LIMIT_EXHAUSTED'),
    ],
    ['bulk quota', status(400, 'EXCEEDEDQUOTA'), ...same('refused API_LIMIT_EXHAUSTED')],
    [
      'bulk batches',
      status(400, 'LIMIT_EXCEEDED', 'ApiBatchItems Limit exceeded'),
      ...same('refused API_LIMIT_EXHAUSTED'),
    ],
    ['another limit', status(400, 'LIMIT_EXCEEDED', 'too many'), ...same('refused')],
    ['storage', status(400, 'STORAGE_LIMIT_EXCEEDED'), ...same('refused STORAGE_EXHAUSTED')],
    ['API off for the org', status(403, 'API_DISABLED_FOR_ORG'), ...same('refused API_DISABLED')],
    ['API off now', status(403, 'API_CURRENTLY_DISABLED'), ...same('refused API_DISABLED')],
    ['expired password', status(403, 'INVALID_OPERATION_WITH_EXPIRED_PASSWORD'), ...same('refused API_DISABLED')],
    ['security policy', status(403, 'TXN_SECURITY_METERING_ERROR'), 'retry', 'retry', 'refused', 'refused'],
    ['token rate limit', status(400, 'rate_limit_exceeded'), 'retry', 'retry', 'refused', 'refused ORG_UNREACHABLE'],
    ['locked rows', status(400, 'UNABLE_TO_LOCK_ROW'), 'retry', 'retry', 'refused', 'refused'],
    [
      'maintenance',
      status(400, 'INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE'),
      'retry',
      'retry',
      'refused',
      'refused',
    ],
    ['too slow', status(400, 'REQUEST_RUNNING_TOO_LONG'), 'retry', 'unknown', 'unknown', 'unknown'],
    ['internal error as 400', status(400, 'UNKNOWN_EXCEPTION'), 'retry', 'unknown', 'unknown', 'unknown'],
  ];

function same(decision: string): [string, string, string, string] {
  return [decision, decision, decision, decision];
}

describe('decideRetry', () => {
  it.each(table)('%s', (_name, failure, repeatable, insert, upload, exhausted) => {
    expect({
      repeatable: decide(failure),
      insert: decide(failure, { repeatable: false }),
      upload: decide(failure, { repeatable: false, onlyIfNotSent: true }),
      exhausted: decide(failure, { retries: 10 }),
    }).toEqual({ repeatable, insert, upload, exhausted });
  });

  it.each(table)('%s: doubt and repetition agree', (_name, failure, _repeatable, insert) => {
    if (outcomeOf(failure) === 'unknown') expect(insert).toBe('unknown');
    else expect(insert).not.toContain('unknown');
  });

  it('repeats nothing when there are no retries', () => {
    for (const [, failure] of table) expect(decide(failure, { maxRetries: 0 })).not.toBe('retry');
  });

  it.each([
    ['420', status(420)],
    ['too slow', status(400, 'QUERY_TIMEOUT')],
  ])('repeats %s at most twice', (_name, failure) => {
    expect([0, 1, 2].map((retries) => decide(failure, { retries }) === 'retry')).toEqual([true, true, false]);
  });

  it('obeys the server and adds no jitter', () => {
    const failure: Failure = { kind: 'status', status: 503, errors: [], retryAfterMs: 7_000 };
    expect(decideRetry(failure, first)).toEqual({ kind: 'retry', delayMs: 7_000 });
    expect(decideRetry({ ...failure, retryAfterMs: 0 }, first)).toEqual({ kind: 'retry', delayMs: 0 });
  });

  it('waits a random part of a doubling ceiling otherwise', () => {
    const delays = [0, 1, 2, 7, 9].map((retries) => decideRetry(status(503), { ...first, retries }));
    expect(delays).toEqual([250, 500, 1_000, 30_000, 30_000].map((delayMs) => ({ kind: 'retry', delayMs })));
  });
});

describe('backoffDelayMs', () => {
  it.each([
    [1, 0, 0],
    [1, 0.999, 499],
    [2, 0.5, 500],
    [7, 0.5, 16_000],
    [8, 0.999999, 59_999],
    [5_000, 0.5, 30_000],
  ])('retry %i at chance %d is %i ms', (retry, chance, delayMs) => {
    expect(backoffDelayMs(retry, () => chance)).toBe(delayMs);
  });
});

describe('parseRetryAfter', () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);
  it.each([
    ['12', 12_000],
    ['0', 0],
    [' 3 ', 3_000],
    ['86400', 3_600_000],
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 12:00:05 GMT', 5_000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['Fri, 02 Jan 2026 12:00:00 GMT', 3_600_000],
    ['', undefined],
    [undefined, undefined],
    ['soon', undefined],
    ['1.5', undefined],
    ['-3', undefined],
    ['2026-01-01T12:00:30Z', undefined],
    ['Mon, nonsense', undefined],
  ])('%j is %j ms', (value, delayMs) => {
    expect(parseRetryAfter(value, now)).toBe(delayMs);
  });
});
