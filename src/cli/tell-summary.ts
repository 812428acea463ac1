import type { Summary } from '../accounting/summary.js';
import { summaryAnnotations } from '../report/annotations.js';
import { formatSummaryJson } from '../report/summary-json.js';
import { summaryMarkdown } from '../report/summary-markdown.js';
import { formatSummary } from '../report/summary-text.js';
import { forLog, reportToCi } from './ci.js';
import { hasColor, print, widthOf, type Terminal } from './terminal.js';

export interface Telling {
  readonly isJson: boolean;
  /** Retries the failures file; undefined where there is none. */
  readonly retryCommand: string | undefined;
  /** The HTML page about the run; undefined where none was written. */
  readonly reportFile: string | undefined;
}

/** Prints the summary, and shows it where a CI system looks for it. */
export async function tellSummary(
  summary: Summary,
  { isJson, retryCommand, reportFile }: Telling,
  terminal: Terminal,
  warn: (warning: string) => void,
): Promise<void> {
  const { environment, stdout } = terminal;
  const style = { color: hasColor(stdout, environment), width: widthOf(stdout), retryCommand, reportFile };
  const text = isJson
    ? forLog(formatSummaryJson(summary), environment, 'json')
    : forLog(formatSummary(summary, style), environment);
  const report = {
    markdown: () => summaryMarkdown(summary, retryCommand),
    annotations: () => summaryAnnotations(summary),
  };
  await reportToCi(report, terminal, warn);
  await print(stdout, text);
}
