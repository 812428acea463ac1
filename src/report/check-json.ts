import type { CheckReport } from '../accounting/check-report.js';
import { documentedInput, documentedTopic } from './summary-json.js';

/** What a check found as one JSON document, with a newline at its end. */
export function formatCheckJson(report: CheckReport): string {
  const { topics, input } = report;
  return `${JSON.stringify({ ...report, input: input && documentedInput(input), topics: topics.map(documentedTopic), line_errors: undefined }, undefined, 2)}\n`;
}
