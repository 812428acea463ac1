import type { ErrorSummary, Summary } from '../accounting/summary.js';

/** The result of a run as one JSON document (contract section 6), with a newline at its end. */
export function formatSummaryJson(summary: Summary): string {
  const topics = summary.topics.map((topic) => ({ ...topic, errors: topic.errors.map(documentedError) }));
  // What is for people is not part of the document: undefined is left out.
  return `${JSON.stringify({ ...summary, topics, notes: undefined, line_errors: undefined }, null, 2)}\n`;
}

/** Without the file. */
export function documentedError<E extends ErrorSummary>(error: E): Omit<E, 'file'> {
  return { ...error, file: undefined };
}
