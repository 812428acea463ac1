import type { Ordeal } from './ordeal.js';
import type { Verdict } from './verdict.js';

/** Adds up what ordeals came to, and prints it as a table. */
export class Tally {
  readonly #rows = new Map<string, Row>();
  readonly #phases = new Map<string, number>();

  add(name: string, ordeal: Ordeal, verdict: Verdict): void {
    const row = this.#rows.get(name) ?? {
      ordeals: 0,
      kills: 0,
      runs: 0,
      lines: 0,
      written: 0,
      failed: 0,
      inDoubt: 0,
      repeated: 0,
      wrong: 0,
    };
    row.ordeals++;
    row.kills += ordeal.killed.length;
    row.runs += ordeal.runs;
    row.lines += ordeal.options.lines.length;
    row.written += verdict.written;
    row.failed += verdict.failed;
    row.inDoubt += verdict.inDoubt;
    row.repeated += verdict.repeated;
    row.wrong += verdict.wrongs.length;
    this.#rows.set(name, row);
    for (const { phase } of ordeal.killed) this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + 1);
  }

  get kills(): number {
    return [...this.#rows.values()].reduce((sum, { kills }) => sum + kills, 0);
  }

  toString(): string {
    const head = ['ordeal', 'dumps', 'kills', 'runs', 'lines', 'written', 'failed', 'in doubt', 'repeated', 'wrong'];
    const rows = [...this.#rows].map(([name, row]) => [name, ...Object.values(row).map(String)]);
    const phases = [...this.#phases].sort(([, a], [, b]) => b - a).map(([phase, count]) => [phase, String(count)]);
    return `${table([head, ...rows])}\n\n${table([['killed at', 'times'], ...phases])}`;
  }
}

interface Row {
  ordeals: number;
  kills: number;
  runs: number;
  lines: number;
  written: number;
  failed: number;
  inDoubt: number;
  repeated: number;
  /** Lost, written twice, out of order, not accounted for: none. */
  wrong: number;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const format = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return rows.map(format).join('\n');
}
