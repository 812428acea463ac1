import type { NextCommands, Summary } from '../accounting/summary.js';
import { factLines } from './facts.js';
import { safeText } from './format.js';
import { paintFor, type Paint } from './paint.js';
import { summaryFacts } from './summary-facts.js';
import { summaryTable } from './summary-table.js';
import { wrap } from './text-width.js';
import { droppedFieldLines, errorLines, unknownFieldLines } from './topic-details.js';
import { isPiped, PIPE_AGAIN, stoppedText, writtenText } from './verdict.js';

export interface SummaryTextOptions extends NextCommands {
  readonly color: boolean;
  /** Columns of the window. A line is longer only where a path or a command must not be broken. */
  readonly width: number;
  /** The HTML page about the run; undefined where none was written. */
  readonly reportFile?: string | undefined;
}

/** The result of a run for people. Ends with a newline. */
export function formatSummary(
  summary: Summary,
  { color, width, retryCommand, continueCommand, reportFile }: SummaryTextOptions,
): string {
  const paint = paintFor(color);
  const sections = [
    headline(summary, width, paint),
    summaryTable(summary, width, paint),
    errorLines([...summary.topics, ...summary.line_errors], width, paint),
    droppedFieldLines(summary.topics, width, paint),
    unknownFieldLines(summary.topics, width, paint),
    factLines(summaryFacts(summary), width, paint),
    noteLines(summary.notes, width, paint),
    [
      ...continueLines(summary, continueCommand, paint),
      ...failuresLines(summary, retryCommand, width, paint),
      ...(reportFile === undefined ? [] : [`${paint.bold('Report')}    ${safeText(reportFile)}`]),
    ],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline(summary: Summary, width: number, paint: Paint): string[] {
  const { exit_code: exitCode } = summary.run;
  const stopped = stoppedText(summary);
  const written = writtenText(summary);
  const symbol = exitCode === 0 ? paint.green('✔') : paint.red('✖');
  const lines = stopped === undefined ? [written] : [stopped, written];
  return lines
    .flatMap((line) => wrap(line, Math.max(10, width - 2)))
    .map((line, index) => (index === 0 ? `${symbol} ${paint.bold(line)}` : `  ${line}`));
}

function noteLines(notes: readonly string[], width: number, paint: Paint): string[] {
  if (notes.length === 0) return [];
  const lines = notes.flatMap((note) =>
    wrap(safeText(note), Math.max(10, width - 4)).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`),
  );
  return [paint.bold('Notes'), ...lines];
}

function continueLines(summary: Summary, command: string | undefined, paint: Paint): string[] {
  if (command === undefined) return [];
  const lines = [`${paint.bold('Continue')}  ${paint.cyan(safeText(command))}`];
  return isPiped(summary) ? [...lines, `          ${PIPE_AGAIN}`] : lines;
}

function failuresLines(summary: Summary, retryCommand: string | undefined, width: number, paint: Paint): string[] {
  if (summary.failures_file === null) return [];
  const lines = [`${paint.bold('Failures')}  ${safeText(summary.failures_file)}`];
  if (retryCommand === undefined) return lines;
  lines.push(`${paint.bold('Retry')}     ${paint.cyan(safeText(retryCommand))}`);
  if (summary.totals.in_doubt > 0) {
    const advice =
      'Records in doubt may have been written: look for them in the org. Inserts are retried only with --include-in-doubt.';
    lines.push(...wrap(advice, Math.max(10, width)).map((line) => paint.yellow(line)));
  }
  return lines;
}
