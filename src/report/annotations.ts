import type { CheckReport } from '../accounting/check-report.js';
import type { DiffReport } from '../accounting/diff-report.js';
import type { Summary } from '../accounting/summary.js';
import { formatError } from './error-text.js';
import { exampleText, groupErrors, placeOf, topicsText, type ErrorGroup } from './errors.js';
import { formatCount, formatNoun, harmless, safeBlock } from './format.js';
import { stoppedText } from './summary.js';
import { maskSecrets } from '../core/secrets.js';
import { cutEnd } from './text-width.js';

/** More are not shown of one step. */
const MOST_ANNOTATIONS = 10;
const LONGEST_TITLE = 200;
const LONGEST_MESSAGE = 1_000;

/** Something that GitHub Actions shows beside a run or a file. Texts may be foreign and unmasked. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
  /** Where it is about a line of a file. */
  readonly source?: { readonly file: string; readonly line: number } | undefined;
}

/** What is most worth knowing of a run that went wrong: why it stopped, what is in doubt, and its most frequent errors. */
export function summaryAnnotations(summary: Summary): Annotation[] {
  const { topics, totals, failures_file: file, line_errors: lineErrors } = summary;
  const kept = file === null ? '' : ` Failures: ${file}`;
  const annotations: Annotation[] = [];
  const stopped = stoppedText(summary);
  if (stopped !== undefined) {
    const message = `${stopped}. ${formatNoun(totals.unsent, 'record')} not sent.${kept}`;
    annotations.push({ level: 'error', title: 'sfreplay stopped', message });
  }
  if (totals.in_doubt > 0) {
    const advice = 'They may have been written: look for them in the org before you replay them.';
    const title = `sfreplay: ${formatNoun(totals.in_doubt, 'record')} in doubt`;
    annotations.push({ level: 'error', title, message: advice + kept });
  }
  const errors = groupErrors([...topics, ...lineErrors]);
  const failed = errors.map((error) => annotationOf(error, 'error', titleOf(error)));
  return firstOf([...annotations, ...failed], kept);
}

/** What speaks against a replay, and what may. */
export function checkAnnotations({ topics, warnings, line_errors: lineErrors }: CheckReport): Annotation[] {
  const errors = groupErrors([...topics, ...lineErrors]);
  const possible = groupErrors(topics.map(({ topic, possible_errors }) => ({ topic, errors: possible_errors })));
  return firstOf([
    ...errors.map((error) => annotationOf(error, 'error', `${titleOf(error)} would fail`)),
    ...warnings.map((message): Annotation => ({ level: 'warning', title: 'sfreplay check', message })),
    ...possible.map((error) => annotationOf(error, 'warning', `${titleOf(error)} may fail`)),
  ]);
}

/** What differs from the org, at the first line of each field, and what could not be compared. */
export function diffAnnotations({ topics, line_errors: lineErrors }: DiffReport): Annotation[] {
  const errors = groupErrors([...topics, ...lineErrors]);
  const fields = topics.flatMap(({ topic, fields }) =>
    fields.map(({ field, count, example: { file, line, key } }): Annotation => ({
      level: 'warning',
      title: `${field} differs: ${formatNoun(count, 'key')} of ${topic}`,
      message: `${key} (${file} line ${line})`,
      source: sourceOf(file, line),
    })),
  );
  return firstOf([...errors.map((error) => annotationOf(error, 'error', titleOf(error))), ...fields]);
}

/** What ended the program before there was a result. */
export function errorAnnotation(error: unknown): Annotation {
  const text = formatError(error, { color: false, debug: false });
  return { level: 'error', title: 'sfreplay', message: text.replace(/^sfreplay: error: /u, '').trimEnd() };
}

/** The last place goes to a word on those that have none. */
function firstOf(annotations: Annotation[], kept = ''): Annotation[] {
  if (annotations.length <= MOST_ANNOTATIONS) return annotations;
  const shown = annotations.slice(0, MOST_ANNOTATIONS - 1);
  const message = `And ${formatCount(annotations.length - shown.length)} more kinds; see the summary.${kept}`;
  return [...shown, { level: 'warning', title: 'sfreplay', message }];
}

/** `MISSING_KEY: 3 records of crm.accounts` */
function titleOf(error: ErrorGroup): string {
  const { code, count } = error;
  const topics = topicsText(error);
  if (topics === '') return `${code}: ${formatNoun(count, 'line')}`;
  return `${code}: ${formatNoun(count, 'record')} of ${topics}`;
}

/** At the first line that has the error. */
function annotationOf(error: ErrorGroup, level: Annotation['level'], title: string): Annotation {
  const { file, line, count } = error;
  const place = `${count > 1 ? 'first at ' : ''}${placeOf(error)}`;
  return { level, title, message: `${exampleText(error)} (${place})`, source: sourceOf(file, line) };
}

/** Standard input is no file that could be shown. */
function sourceOf(file: string, line: number): Annotation['source'] {
  return file === '-' ? undefined : { file, line };
}

/** The line of output by which GitHub Actions learns of it. */
export function workflowCommand({ level, title, message, source }: Annotation): string {
  const properties = [
    ...(source === undefined ? [] : [`file=${property(source.file)}`, `line=${source.line}`]),
    `title=${property(cutEnd(harmless(title), LONGEST_TITLE))}`,
  ];
  return `::${level} ${properties.join(',')}::${data(cutEnd(safeBlock(maskSecrets(message)), LONGEST_MESSAGE))}\n`;
}

/**
 * Text for a log that GitHub Actions reads: what looks like a command in it is none any more. Commands stand at the
 * beginning of a line (`::name::`) or, in their older form, anywhere (`##[name]`).
 */
export function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gmu, '$1: ').replaceAll('##[', '# #[');
}

/** The same for JSON text, which stays the same document. */
export function jsonWithoutCommands(json: string): string {
  return json.replaceAll('##[', String.raw`#\u0023[`);
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
