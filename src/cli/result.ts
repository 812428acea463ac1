import type { NextCommands, Summary } from '../accounting/summary.js';
import { ReplayStopped } from '../core/errors.js';
import { summaryAnnotations } from '../report/annotations.js';
import type { ResultDocument } from '../report/document.js';
import { formatError } from '../report/error-text.js';
import { formatSummaryJson } from '../report/json.js';
import { formatMarkdown } from '../report/markdown.js';
import { summaryDocument } from '../report/summary.js';
import { formatText } from '../report/text.js';
import { type CiReport, forLog, reportToCi } from './ci.js';
import { hasColor, print, widthOf, type Terminal } from './terminal.js';

/** What a command found, in every form that it may be asked for. */
interface Result {
  readonly document: ResultDocument;
  /** For a CI system, whose readers cannot open a page; unless told the same. */
  readonly ciDocument?: ResultDocument;
  readonly json: () => string;
  readonly annotations: CiReport['annotations'];
}

/** Prints a result, and shows it where a CI system looks for it. */
export async function tellResult(
  { document, ciDocument = document, json, annotations }: Result,
  isJson: boolean | undefined,
  terminal: Terminal,
  warn: (text: string) => void,
): Promise<void> {
  const { environment, stdout } = terminal;
  const style = { color: hasColor(stdout, environment), width: widthOf(stdout) };
  const text = isJson === true ? forLog(json(), environment, 'json') : forLog(formatText(document, style), environment);
  await reportToCi({ markdown: () => formatMarkdown(ciDocument), annotations }, terminal, warn);
  await print(stdout, text);
}

/** The same for the result of a run. Why it stopped is said on standard error, too. */
export async function tellSummary(
  summary: Summary,
  { reportFile, ...commands }: NextCommands & { readonly reportFile: string | undefined },
  isJson: boolean | undefined,
  terminal: Terminal,
  warn: (text: string) => void,
): Promise<void> {
  const { stopped } = summary.run;
  if (stopped !== null) await tellError(new ReplayStopped(stopped.code, stopped.message), false, terminal);
  const result = {
    document: summaryDocument(summary, { ...commands, reportFile }),
    ciDocument: summaryDocument(summary, commands),
    json: () => formatSummaryJson(summary),
    annotations: () => summaryAnnotations(summary),
  };
  await tellResult(result, isJson, terminal, warn);
}

/** Says on standard error what ended a run or the program. */
export function tellError(error: unknown, debug: boolean, { stderr, environment }: Terminal): Promise<void> {
  const width = stderr.isTTY ? widthOf(stderr) : Infinity;
  const text = formatError(error, { color: hasColor(stderr, environment), debug, width });
  return print(stderr, forLog(text, environment));
}
