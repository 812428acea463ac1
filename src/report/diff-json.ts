import type { DiffReport } from '../accounting/diff-report.js';
import { documentedInput } from './summary-json.js';

/** What a comparison found as one JSON document, with a newline at its end. */
export function formatDiffJson(report: DiffReport): string {
  return `${JSON.stringify(diffDocument(report), null, 2)}\n`;
}

export function diffDocument(report: DiffReport): object {
  return { ...report, input: documentedInput(report.input), line_errors: undefined };
}
