import { expect, test } from 'vitest';
import { paintFor } from '../../src/report/paint.js';
import { layOut, tableOf, type ColumnOf } from '../../src/report/table.js';

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly count: number;
}

const plain = paintFor(false);
const rows: Row[] = [
  { name: 'accounts.of.the.north', kind: 'bulk', count: 5 },
  { name: '日本語', kind: 'realtime', count: 12_345 },
];
const columns: ColumnOf<Row>[] = [
  { titles: ['name'], cell: (row) => row.name, minWidth: 8 },
  { titles: ['kind'], cell: (row) => row.kind, leaveOut: 1 },
  { titles: ['succeeded', 'ok'], cell: (row) => String(row.count), align: 'right' },
];

test.each([
  [
    80,
    [
      'name                   kind      succeeded',
      'accounts.of.the.north  bulk              5',
      '日本語                 realtime      12345',
    ],
  ],
  [
    41,
    [
      'name                   kind         ok',
      'accounts.of.the.north  bulk          5',
      '日本語                 realtime  12345',
    ],
  ],
  [30, ['name           kind         ok', 'accoun….north  bulk          5', '日本語         realtime  12345']],
  [20, ['name              ok', 'accoun….north      5', '日本語         12345']],
  [15, ['name         ok', 'acco…rth      5', '日本語    12345']],
])('in %d columns', (width, lines) => {
  expect(layOut(tableOf(columns, rows), width, plain)).toEqual(lines);
});

test('where it cannot fit there is no table', () => {
  expect(layOut(tableOf(columns, rows), 14, plain)).toBeUndefined();
});

test('colour does not change the layout, room is kept free, and a total is strong', () => {
  const painted: ColumnOf<Row>[] = [
    { titles: ['name'], cell: (row) => row.name, tone: ({ kind }) => (kind === 'bulk' ? 'red' : undefined) },
    { titles: ['n'], cell: (row) => String(row.count), align: 'right', roomFor: 7 },
  ];
  expect(layOut(tableOf(painted, rows, true), 80, paintFor(true))).toEqual([
    '\u001B[2mname                         n\u001B[22m',
    '\u001B[31maccounts.of.the.north\u001B[39m        5',
    '\u001B[1m日本語               \u001B[22m  \u001B[1m  12345\u001B[22m',
  ]);
});
