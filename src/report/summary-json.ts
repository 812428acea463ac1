import type { InputSummary, Summary } from '../accounting/summary.js';
import { exampleText } from './topic-details.js';

/** The result of a run as one JSON document (contract section 6), with a newline at its end. */
export function formatSummaryJson(summary: Summary): string {
  const { input, topics } = summary;
  // What is for people is not part of the document: undefined is left out.
  const forPeople = { notes: undefined, line_errors: undefined, was_finished: undefined };
  const documented = { ...summary, input: documentedInput(input), topics: topics.map(documentedTopic) };
  return `${JSON.stringify({ ...documented, ...forPeople }, null, 2)}\n`;
}

/** Hints are told with the examples. */
export function documentedInput(input: InputSummary): InputSummary {
  const errors = input.malformed_errors.map((error) => ({ ...error, example: exampleText(error), hint: undefined }));
  return { ...input, malformed_errors: errors };
}

export function documentedTopic<Topic extends object>(topic: Topic): Topic {
  return { ...topic, nearest_fields: undefined };
}
