import { expect, test } from 'vitest';
import { paintFor } from '../../../src/report/paint.js';
import { drawing, type ProgressWindow } from '../../../src/report/progress/spinner.js';
import type { ProgressView } from '../../../src/report/progress/meter.js';
import { widthOf } from '../../../src/report/text-width.js';
import { snapshotOf, topicProgress } from '../snapshots.js';

const window: ProgressWindow = { columns: 100, rows: 24, frame: '*', paint: paintFor(false) };
const topics = [
  topicProgress('accounts', { read: 12_545, sent: 12_545, succeeded: 12_342, failed: 2, inDoubt: 1, inFlight: 200 }),
  topicProgress('crm.prod.contacts.v2', {
    sobject: 'Contact',
    operation: 'update',
    mode: 'bulk',
    read: 10,
    sent: 10,
    succeeded: 10,
    done: true,
  }),
  topicProgress('leads', {
    sobject: 'Lead',
    operation: 'insert',
    read: 5,
    sent: 5,
    succeeded: 4,
    failed: 1,
    done: true,
  }),
  topicProgress('tasks\u001B[2J', { sobject: 'Task', operation: 'delete' }),
];

function viewOf(
  of: Partial<ProgressView> = {},
  some = topics,
  more: Parameters<typeof snapshotOf>[2] = {},
): ProgressView {
  return {
    snapshot: snapshotOf(12_345, some, more),
    rates: some.map(() => 1050),
    totalRate: 1050,
    share: 0.456,
    leftMs: 14_600,
    ...of,
  };
}

test('all topics and their total', () => {
  expect(drawing(viewOf(), window)).toEqual([
    '45% · about 15 s left · 12 s elapsed · 12,560 lines read',
    '  topic                 sObject    operation  mode        sent      ok  failed  in flight     rate',
    '* accounts              → Account  upsert     realtime  12,545  12,342       3        200  1,050/s',
    '✔ crm.prod.contacts.v2  → Contact  update     bulk          10      10       0          0',
    '✖ leads                 → Lead     insert     realtime       5       4       1          0',
    '· tasks␛[2J             → Task     delete     realtime       0       0       0          0',
    '  total                                                 12,560  12,356       4        200  1,050/s',
  ]);
});

test('a single topic has no total; an unknown size has no share', () => {
  const view = viewOf({ share: undefined, leftMs: undefined }, topics.slice(0, 1), { malformed: 1, unmapped: 2 });
  expect(drawing(view, window)).toEqual([
    '12 s elapsed · 12,545 lines read · 1 malformed · 2 unmapped',
    '  topic     sObject    operation  mode        sent      ok  failed  in flight     rate',
    '* accounts  → Account  upsert     realtime  12,545  12,342       3        200  1,050/s',
  ]);
});

test('what the run waits for stands below the headline', () => {
  const lines = drawing(viewOf({}, topics, { notice: 'waiting for the org (503), 12 s\n' }), window);
  expect(lines[1]).toBe('! waiting for the org (503), 12 s ');
});

test.each([
  [
    80,
    [
      '45% · about 15 s left · 12 s elapsed · 12,560 lines read',
      '  topic            sObject    op      mode        sent      ok  failed     rate',
      '* accounts         → Account  upsert  realtime  12,545  12,342       3  1,050/s',
    ],
  ],
  [
    62,
    [
      '45% · about 15 s left · 12 s elapsed · 12,560 lines read',
      '  topic            sObject      sent      ok  failed     rate',
      '* accounts         → Account  12,545  12,342       3  1,050/s',
    ],
  ],
  [
    40,
    [
      '45% · about 15 s left · 12 s elapsed',
      '  topic                     ok  failed',
      '* accounts              12,342       3',
    ],
  ],
  [20, ['45%', '  topic', '* accounts']],
  [10, ['45%']],
])('in a window of %d columns', (columns, lines) => {
  expect(drawing(viewOf(), { ...window, columns }).slice(0, 3)).toEqual(lines);
});

test('with more topics than rows those under way come first', () => {
  const lines = drawing(viewOf(), { ...window, columns: 62, rows: 7 });
  expect(lines.map((line) => line.slice(0, 45).trimEnd())).toEqual([
    '45% · about 15 s left · 12 s elapsed · 12,560',
    '  topic            sObject      sent      ok',
    '* accounts         → Account  12,545  12,342',
    '✔ crm.pr…tacts.v2  → Contact      10      10',
    '  … and 2 more topics: 1 done, 1 without reco',
    '  total                       12,560  12,356',
  ]);
});

test('no line is wider and no drawing higher than its window', () => {
  const many = Array.from({ length: 30 }, (_, index) =>
    topicProgress(`トピック.${'x'.repeat(index)}`, { read: index % 3, sent: 1_000_000_000, done: index % 2 === 0 }),
  );
  for (const count of [0, 1, 2, 30]) {
    for (let columns = 1; columns <= 180; columns += columns < 40 ? 1 : 9) {
      for (const rows of [1, 2, 3, 4, 5, 6, 10, 40]) {
        const notice = columns % 2 ? 'waiting for the org (503), 12 s' : undefined;
        const lines = drawing(viewOf({}, many.slice(0, count), { notice }), { ...window, columns, rows });
        expect(lines.length).toBeLessThanOrEqual(Math.max(rows - 1, 1));
        expect(Math.max(...lines.map((line, index) => widthOf(line) + (index === 0 ? 2 : 0)))).toBeLessThanOrEqual(
          Math.max(columns - 1, 3),
        );
      }
    }
  }
});

test('calls at once are told where the run finds out how many', () => {
  const [headline] = drawing(viewOf({}, topics, { callsAtOnce: 8 }), window);
  expect(headline).toContain(' read · 8 calls at once');
});
