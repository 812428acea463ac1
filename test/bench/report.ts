import type { Comparison, Measured, RowResult } from './row.js';
import { isMet, type Goal, type Spread } from './statistics.js';

/** A row as text: the figures of each client, the ratios and their goals, and what one must know. */
export function rowText(number: number, { title, lines, rounds, measured, comparisons, notes }: RowResult): string {
  const heading = `${number}. ${title}: ${whole(lines)} lines, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
  const parts = [heading, figuresTable(measured), ...(comparisons.length > 0 ? [ratiosTable(comparisons)] : [])];
  return [...parts, notes.join('\n')].filter((part) => part !== '').join('\n\n') + '\n';
}

export function goalText(goal: Goal): string {
  return 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
}

function figuresTable(measured: readonly Measured[]): string {
  const names = [...new Set(measured.flatMap(({ figures }) => Object.keys(figures)))];
  const rows = measured.map(({ name, figures }) => [
    name,
    ...names.map((one) => (figures[one] === undefined ? '' : spreadText(figures[one]))),
  ]);
  return table([['median (min–max)', ...names], ...rows]);
}

function ratiosTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ name, ratio, goal }) => [
    name,
    spreadText(ratio),
    goal === undefined ? '' : goalText(goal),
    goal === undefined ? '' : isMet(goal, ratio.median) ? 'met' : 'missed',
  ]);
  return table([['comparison', 'median (min–max)', 'goal', ''], ...rows]);
}

function spreadText({ median, min, max }: Spread): string {
  if (min === max) return number(median);
  return `${number(median)} (${number(min)}–${number(max)})`;
}

function number(value: number): string {
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return whole(value);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
