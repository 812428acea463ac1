import type { CheckReport } from '../accounting/check-report.js';
import { documentedError } from './summary-json.js';

/** What a check found as one JSON document, with a newline at its end. */
export function formatCheckJson(report: CheckReport): string {
  const topics = report.topics.map((topic) => ({
    ...topic,
    errors: topic.errors.map(documentedError),
    possible_errors: topic.possible_errors.map(documentedError),
  }));
  return `${JSON.stringify({ ...report, topics, line_errors: undefined }, undefined, 2)}\n`;
}
