import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForSignals } from '../../src/cli/signals.js';

describe('listenForSignals', () => {
  it('winds down at the first signal, ends at the second, and listens on', () => {
    const source = new EventEmitter();
    const told: string[] = [];
    const { stopping, aborting } = listenForSignals(source, (text) => told.push(text));

    source.emit('SIGINT', 'SIGINT');
    expect(stopping.reason).toMatchObject({ name: 'ReplayStopped', code: 'SIGINT' });
    expect(aborting.aborted).toBe(false);

    source.emit('SIGTERM', 'SIGTERM');
    expect(aborting.reason).toMatchObject({ name: 'ReplayStopped', code: 'SIGTERM' });
    expect(stopping.reason).toMatchObject({ code: 'SIGINT' });
    expect(told).toEqual([
      'stopping: waiting for what is in flight; press Ctrl-C again to stop at once',
      'stopping at once: what is in flight ends in doubt',
    ]);
    source.emit('SIGINT', 'SIGINT');
    expect(told).toHaveLength(2);
    expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(2);
  });

  it('says what to send again to a process without a keyboard', () => {
    const source = new EventEmitter();
    const told: string[] = [];
    listenForSignals(source, (text) => told.push(text));
    source.emit('SIGTERM', 'SIGTERM');
    expect(told).toEqual(['stopping: waiting for what is in flight; send SIGTERM again to stop at once']);
  });

  it('leaves the signals alone once released', () => {
    const source = new EventEmitter();
    const { stopping, release } = listenForSignals(source, () => undefined);
    release();
    expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
    source.emit('SIGINT', 'SIGINT');
    expect(stopping.aborted).toBe(false);
  });
});
