import { describe, expect, it } from 'vitest';
import { exitStatusOf } from '../../src/core/exit-status.js';
import { ConfigError, PreflightError, ReplayStopped, UsageError } from '../../src/core/errors.js';

describe('exitStatusOf', () => {
  it.each([
    [new UsageError('x'), 2],
    [new ConfigError('x'), 2],
    [new PreflightError('SIGN_IN_FAILED', 'x'), 2],
    [new ReplayStopped('ORG_UNREACHABLE', 'x'), 3],
    [new ReplayStopped('SIGINT', 'x'), 130],
    [new ReplayStopped('SIGTERM', 'x'), 143],
    [new TypeError('a bug'), 3],
    ['thrown text', 3],
  ])('of %s is %d', (error, status) => {
    expect(exitStatusOf(error)).toBe(status);
  });
});
