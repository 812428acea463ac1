import { expect, test } from 'vitest';
import { layOut, type TableColumn } from '../../src/report/table.js';

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly count: number;
}

const rows: Row[] = [
  { name: 'accounts.of.the.north', kind: 'bulk', count: 5 },
  { name: '日本語', kind: 'realtime', count: 12_345 },
];
const columns: TableColumn<Row>[] = [
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
  const table = layOut(columns, rows, width);
  expect([table?.header, ...(table?.lines ?? [])]).toEqual(lines);
});

test('where it cannot fit there is no table', () => {
  expect(layOut(columns, rows, 14)).toBeUndefined();
});

test('colour does not change the layout, and room is kept free', () => {
  const painted: TableColumn<Row>[] = [
    { titles: ['name'], cell: (row) => row.name, paint: (cell, row) => `<${cell}|${row.kind}>` },
    { titles: ['n'], cell: (row) => String(row.count), align: 'right', roomFor: 7, paint: (cell) => `[${cell}]` },
  ];
  expect(layOut(painted, rows, 80)).toEqual({
    header: 'name                         n',
    lines: ['<accounts.of.the.north|bulk>  [      5]', '<日本語               |realtime>  [  12345]'],
  });
});
