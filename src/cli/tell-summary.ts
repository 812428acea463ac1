import type { NextCommands, Summary } from '../accounting/summary.js';
import { ReplayStopped } from '../core/errors.js';
import { summaryAnnotations } from '../report/annotations.js';
import { formatError } from '../report/error-text.js';
import { formatSummaryJson } from '../report/json.js';
import { formatMarkdown } from '../report/markdown.js';
import { summaryDocument } from '../report/summary.js';
import { formatText } from '../report/text.js';
import { forLog, reportToCi } from './ci.js';
import { hasColor, print, widthOf, type Terminal } from './terminal.js';

export interface SummaryOutput extends NextCommands {
  readonly isJson: boolean;
  /** The HTML page about the run; undefined where none was written. */
  readonly reportFile: string | undefined;
}

/** Prints the summary, and shows it where a CI system looks for it. Why a run stopped is said on standard error, too. */
export async function tellSummary(
  summary: Summary,
  { isJson, retryCommand, continueCommand, reportFile }: SummaryOutput,
  terminal: Terminal,
  warn: (warning: string) => void,
): Promise<void> {
  const { environment, stdout, stderr } = terminal;
  const style = { color: hasColor(stdout, environment), width: widthOf(stdout) };
  const text = isJson
    ? forLog(formatSummaryJson(summary), environment, 'json')
    : forLog(formatText(summaryDocument(summary, { retryCommand, continueCommand, reportFile }), style), environment);
  const report = {
    markdown: () => formatMarkdown(summaryDocument(summary, { retryCommand, continueCommand })),
    annotations: () => summaryAnnotations(summary),
  };
  const { stopped } = summary.run;
  if (stopped !== null) {
    const width = stderr.isTTY ? widthOf(stderr) : Infinity;
    const reason = new ReplayStopped(stopped.code, stopped.message);
    const told = formatError(reason, { color: hasColor(stderr, environment), debug: false, width });
    await print(stderr, forLog(told, environment));
  }
  await reportToCi(report, terminal, warn);
  await print(stdout, text);
}
