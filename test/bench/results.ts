import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.js';
import type { RowResult } from './row.js';

/** Beside the sources, seen from the compiled benchmark. */
const FILE = fileURLToPath(new URL('../results.json', import.meta.url));

/** A row with when and where it was measured. */
interface KeptRow extends RowResult {
  readonly measuredAt: string;
  readonly machine: Machine;
}

/** Puts a row in the place of its predecessor; the others stay as they are. */
export function keepResult(row: number, result: RowResult, machine: Machine): string {
  const rows = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, KeptRow>) : {};
  rows[row] = { ...result, measuredAt: new Date().toISOString(), machine };
  writeFileSync(FILE, `${JSON.stringify(rows, rounded, 2)}\n`);
  return FILE;
}

/** Four digits say more than the clock knows. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
