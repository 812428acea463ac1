import { describe, expect, it } from 'vitest';
import { suggest } from '../../src/core/suggestion.js';

const commands = ['replay', 'check', 'demo', 'emulator'];

describe('suggest', () => {
  it.each([
    ['chekc', 'check'],
    ['chek', 'check'],
    ['reply', 'replay'],
    ['Check', 'check'],
    ['emulate', 'emulator'],
  ])('takes %s for %s', (typed, meant) => {
    expect(suggest(typed, commands)).toBe(meant);
  });

  it.each(['dump.ndjson', 'x', 'accounts'])('has nothing to say of %s', (typed) => {
    expect(suggest(typed, commands)).toBeUndefined();
  });

  it('makes nothing of case and separators', () => {
    expect(suggest('bulkBatchSize', ['batch_period', 'bulk_batch_size'])).toBe('bulk_batch_size');
  });
});
