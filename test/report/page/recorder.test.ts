import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RunRecorder } from '../../../src/report/page/recorder.js';
import { snapshotOf, topicProgress } from '../snapshots.js';
import { summaryOf, topicSummary } from '../summaries.js';

const STARTED_AT_MS = Date.parse('2026-01-02T03:04:05.678Z');

beforeEach(() => {
  vi.useFakeTimers({ now: STARTED_AT_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A recorder of a run that writes a record a millisecond. */
class Watched {
  readonly recorder = new RunRecorder();

  constructor() {
    this.recorder.onStart(() => snapshotOf(this.elapsedMs, [topicProgress('a', { succeeded: this.elapsedMs })]));
  }

  get elapsedMs(): number {
    return Date.now() - STARTED_AT_MS;
  }

  end() {
    const count = this.elapsedMs;
    const topics = [topicSummary('a', { read: count, succeeded: count - 1, failed: 1 })];
    return this.recorder.history(summaryOf(topics, { run: { duration_ms: count } }));
  }
}

describe('samples', () => {
  test('of a short run are close together, and end with the summary', () => {
    const run = new Watched();
    vi.advanceTimersByTime(100);
    expect(run.end().samples.map(({ atMs, written, failed }) => [atMs, ...written, ...failed])).toEqual([
      [0, 0, 0],
      [25, 25, 0],
      [50, 50, 0],
      [75, 75, 0],
      [100, 99, 1],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([1, 10, 100])('of a run of %i hours are not many, and as close together as that allows', (hours) => {
    const run = new Watched();
    vi.advanceTimersByTime(hours * 3_600_000);
    const { samples } = run.end();
    expect(samples.length).toBeLessThanOrEqual(602);
    expect(samples.length).toBeGreaterThan(250);
    const gaps = samples.slice(1, -1).map(({ atMs }, index) => atMs - samples[index]!.atMs);
    expect(new Set(gaps).size).toBe(1);
  });
});

test('jobs have the times of what became of them, since the run began', () => {
  const run = new Watched();
  const at = (ms: number, ...event: Parameters<RunRecorder['onJob']>): void => {
    vi.setSystemTime(STARTED_AT_MS + ms);
    run.recorder.onJob(...event);
  };
  at(10, 'a', { kind: 'made', id: '1', records: 5 });
  at(20, 'b', { kind: 'resumed', id: '2', records: 6 });
  at(30, 'a', { kind: 'closed', id: '1' });
  at(40, 'a', { kind: 'ended', id: '1', state: 'JobComplete', failed: 2 });
  at(50, 'a', { kind: 'closed', id: 'unheard of' });
  expect(run.end().jobs).toEqual([
    {
      ...{ topic: 'a', id: '1', records: 5, isResumed: false },
      ...{ madeAtMs: 10, closedAtMs: 30, endedAtMs: 40, state: 'JobComplete', failed: 2 },
    },
    { topic: 'b', id: '2', records: 6, isResumed: true, madeAtMs: 20 },
  ]);
});

test('warnings are kept, but not without end', () => {
  const run = new Watched();
  for (let count = 0; count < 1_000; count++) run.recorder.onWarning(`warning ${count}`);
  expect(run.end().warnings).toHaveLength(100);
});

test('a run that was not begun is watched no more', () => {
  const recorder = new RunRecorder();
  expect(() => recorder.stop()).not.toThrow();
  expect(recorder.history(summaryOf([])).samples).toHaveLength(1);
});
