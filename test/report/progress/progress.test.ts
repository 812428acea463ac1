import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ProgressSnapshot } from '../../../src/accounting/progress.js';
import { Progress } from '../../../src/report/progress/progress.js';
import { startSpinner } from '../../../src/report/progress/spinner.js';
import { Screen } from '../screen.js';
import { snapshotOf, topicProgress } from '../snapshots.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A run whose first topic settles a record a millisecond, for six seconds. */
function running(): () => ProgressSnapshot {
  const startedAt = Date.now();
  return () => {
    const elapsedMs = Date.now() - startedAt;
    const count = Math.min(elapsedMs, 6000);
    const inFlight = count < 6000 ? 5 : 0;
    const sent = count + inFlight;
    const topic = topicProgress('accounts', { read: sent, sent, succeeded: count, inFlight, done: inFlight === 0 });
    return snapshotOf(elapsedMs, [topic, topicProgress('leads', { sobject: 'Lead' })]);
  };
}

function start(screen: Screen, style: 'spinner' | 'plain' | 'none', look = running(), color = false) {
  // Only what a terminal and a pipe have in common with the class is used.
  const progress = new Progress({ style, startSpinner, stream: screen as unknown as NodeJS.WriteStream, color });
  progress.watch(look);
  return progress;
}

test('the spinner draws over its last frame, and is gone in the end', () => {
  const screen = new Screen(80);
  screen.write('$ sfreplay\n');
  const progress = start(screen, 'spinner');
  vi.advanceTimersByTime(3050);
  expect(screen.isCursorShown).toBe(false);
  expect(screen.text.map((line) => line.replace(/[⠁-⣿]/gu, '*'))).toEqual(
    [
      '$ sfreplay',
      '* 3 s elapsed · 3,005 lines read',
      '  topic     sObject    op      mode        sent      ok  failed     rate',
      '* accounts  → Account  upsert  realtime   3,005   3,000       0  1,000/s',
      '· leads     → Lead     upsert  realtime       0       0       0',
      '  total                                   3,005   3,000       0  1,000/s',
    ].map((line) => line.trimEnd()),
  );
  progress.stop();
  progress.stop();
  expect(screen.text).toEqual(['$ sfreplay']);
  expect(screen.isCursorShown).toBe(true);
  const { length } = screen.writes;
  vi.advanceTimersByTime(10_000);
  expect(screen.writes.length).toBe(length);
});

test('warnings stand above the drawing, and their control characters are harmless', () => {
  const screen = new Screen(60);
  const progress = start(screen, 'spinner');
  vi.advanceTimersByTime(1000);
  progress.warn('field Name\u001B[2J\nof https://u:p@acme.example is not writable and left out');
  vi.advanceTimersByTime(1000);
  progress.warn('second');
  expect(screen.text.slice(0, 5).map((line) => line.replace(/[⠁-⣿]/gu, '*'))).toEqual([
    'sfreplay: warning: field Name␛[2J of',
    '                   https://***@acme.example is not writable',
    '                   and left out',
    'sfreplay: warning: second',
    '* 2 s elapsed · 2,005 lines read',
  ]);
  progress.stop();
  progress.warn('third');
  expect(screen.text.slice(3)).toEqual(['sfreplay: warning: second', 'sfreplay: warning: third']);
});

test('a window made narrower or wider leaves no remains', () => {
  const screen = new Screen(120);
  screen.write('before\n');
  const progress = start(screen, 'spinner');
  for (const columns of [33, 50, 12, 100, 20]) {
    vi.advanceTimersByTime(500);
    screen.resize(columns);
  }
  vi.advanceTimersByTime(500);
  expect(screen.text.length).toBe(6);
  progress.stop();
  expect(screen.text).toEqual(['before']);
});

test('a window without columns is not drawn in, and does not keep the program busy', () => {
  const empty = new Screen(0);
  const plain = start(empty, 'spinner');
  plain.stop();
  expect(empty.writes[0]).toBe('sfreplay: 0 s: 5 lines read, 5 sent, 0 ok, 0 failed, 5 in flight\n');
  const screen = new Screen(80);
  const progress = start(screen, 'spinner');
  vi.advanceTimersByTime(500);
  screen.resize(0);
  vi.advanceTimersByTime(500);
  progress.warn('careful');
  screen.resize(80);
  vi.advanceTimersByTime(500);
  expect(screen.text[0]).toBe('sfreplay: warning: careful');
  expect(screen.text[1]).toMatch(/^. 2 s elapsed/u);
  progress.stop();
  expect(screen.text).toEqual(['sfreplay: warning: careful']);
});

test('the spinner uses colour only where it may', () => {
  for (const color of [false, true]) {
    const screen = new Screen(80);
    const progress = start(screen, 'spinner', running(), color);
    vi.advanceTimersByTime(300);
    progress.stop();
    // eslint-disable-next-line no-control-regex
    expect(/\u001B\[\d+m/u.test(screen.writes.join(''))).toBe(color);
  }
});

test('plain lines come every five seconds when something changed, and in the beginning and the end', () => {
  const screen = new Screen(80);
  const progress = start(screen, 'plain');
  vi.advanceTimersByTime(4999);
  expect(screen.writes).toEqual(['sfreplay: 0 s: 5 lines read, 5 sent, 0 ok, 0 failed, 5 in flight\n']);
  vi.advanceTimersByTime(60_000);
  progress.stop();
  progress.stop();
  progress.warn('careful');
  expect(screen.writes.join('')).toBe(
    [
      'sfreplay: 0 s: 5 lines read, 5 sent, 0 ok, 0 failed, 5 in flight',
      'sfreplay: 5 s: 5,005 lines read, 5,005 sent, 5,000 ok, 0 failed, 5 in flight, 1,000/s',
      'sfreplay: 10 s: 6,000 lines read, 6,000 sent, 6,000 ok, 0 failed, 0 in flight, 200/s',
      'sfreplay: 1 min 5 s: 6,000 lines read, 6,000 sent, 6,000 ok, 0 failed, 0 in flight',
      'sfreplay: warning: careful',
      '',
    ].join('\n'),
  );
});

test('without a terminal the spinner is plain', () => {
  const screen = Object.assign(new Screen(80), { isTTY: false });
  const progress = start(screen, 'spinner');
  vi.advanceTimersByTime(5000);
  progress.stop();
  expect(screen.writes).toEqual([
    'sfreplay: 0 s: 5 lines read, 5 sent, 0 ok, 0 failed, 5 in flight\n',
    'sfreplay: 5 s: 5,005 lines read, 5,005 sent, 5,000 ok, 0 failed, 5 in flight, 1,000/s\n',
    'sfreplay: 5 s: 5,005 lines read, 5,005 sent, 5,000 ok, 0 failed, 5 in flight\n',
  ]);
});

test('none tells nothing but warnings', () => {
  const screen = new Screen(80);
  const progress = start(screen, 'none');
  vi.advanceTimersByTime(20_000);
  progress.warn('careful');
  progress.stop();
  expect(screen.writes).toEqual(['sfreplay: warning: careful\n']);
});
