import { describe, expect, it } from 'vitest';
import { makeRunId } from '../../src/core/run-id.js';

describe('makeRunId', () => {
  it('is the time in UTC and a random suffix', () => {
    expect(makeRunId(new Date('2026-11-23T17:23:00.123Z'), 'ab12')).toBe('20261123-172300-ab12');
  });

  it('differs within one second', () => {
    const now = new Date();
    const ids = new Set(Array.from({ length: 50 }, () => makeRunId(now)));
    expect(ids.size).toBeGreaterThan(40);
  });
});
