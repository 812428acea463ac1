import type { CheckReport } from '../accounting/check-report.js';
import type { DiffReport } from '../accounting/diff-report.js';
import type { InputSummary, Summary } from '../accounting/summary.js';
import { SfreplayError } from '../core/errors.js';
import { maskSecrets } from '../core/secrets.js';
import { reasonOf } from '../core/unknown.js';
import { exampleText } from './errors.js';
import { harmless } from './format.js';

// The documents that `--json` prints (contract sections 1, 6 and 10), each with a newline at its end. What is for people
// alone is not part of them: undefined is left out.

export function formatSummaryJson(summary: Summary): string {
  const { input, topics } = summary;
  const forPeople = { notes: undefined, line_errors: undefined, was_finished: undefined };
  return format({ ...summary, input: documentedInput(input), topics: topics.map(documentedTopic), ...forPeople });
}

export function formatCheckJson(report: CheckReport): string {
  const { topics, input } = report;
  const documented = { input: input && documentedInput(input), topics: topics.map(documentedTopic) };
  return format({ ...report, ...documented, line_errors: undefined });
}

export function formatDiffJson(report: DiffReport): string {
  return format(documentedDiff(report));
}

export function documentedDiff(report: DiffReport): object {
  return { ...report, input: documentedInput(report.input), line_errors: undefined };
}

/** Why there is no result, in its place. */
export function formatErrorJson(error: unknown): string {
  const bug = { code: 'BUG', headline: reasonOf(error), hint: undefined, issues: [] };
  const { code, headline, hint, issues } = error instanceof SfreplayError ? error : bug;
  const problems = issues.map(({ path, message, origin }) => ({
    path: harmless(path),
    message: harmless(message),
    origin: origin === undefined ? undefined : harmless(origin),
  }));
  const more = { hint: hint && maskSecrets(hint), problems: problems.length === 0 ? undefined : problems };
  return format({ error: { code, message: harmless(headline), ...more } });
}

function format(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Hints are told with the examples. */
function documentedInput(input: InputSummary): InputSummary {
  const errors = input.malformed_errors.map((error) => ({ ...error, example: exampleText(error), hint: undefined }));
  return { ...input, malformed_errors: errors };
}

function documentedTopic<Topic extends object>(topic: Topic): Topic {
  return { ...topic, nearest_fields: undefined };
}
