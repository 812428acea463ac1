import type { Summary } from '../accounting/summary.js';

/** The result of a run as one JSON document (contract section 6), with a newline at its end. */
export function formatSummaryJson(summary: Summary): string {
  // The notes are for people: undefined is left out.
  return `${JSON.stringify({ ...summary, notes: undefined }, null, 2)}\n`;
}
