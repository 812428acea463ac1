import type { Summary } from '../accounting/summary.js';
import { errorMarkdown } from './error-markdown.js';
import { code, codeBlock, factList, joinSections, titled } from './markdown.js';
import { summaryFacts } from './summary-facts.js';
import { isPiped, PIPE_AGAIN, stoppedText, writtenText } from './verdict.js';
import { summaryMarkdownTable } from './summary-table.js';
import { droppedFieldFacts, unknownFieldFacts } from './topic-details.js';

/**
 * The result of a run as Markdown, for a CI system to show. `retryCommand` replays the failures file, and is undefined
 * where there is none; `continueCommand` goes on with a run that stopped part-way. Ends with a newline.
 */
export function summaryMarkdown(summary: Summary, retryCommand: string | undefined, continueCommand?: string): string {
  const { run, topics, notes, line_errors: lineErrors } = summary;
  const stopped = stoppedText(summary);
  return joinSections([
    [`### ${run.exit_code === 0 ? '✅' : '❌'} sfreplay: ${writtenText(summary).replaceAll('\u00A0', ' ')}`],
    stopped === undefined ? [] : [`⛔ ${code(stopped, 600)}`],
    summaryMarkdownTable(summary),
    titled('Errors', errorMarkdown([...topics, ...lineErrors])),
    titled('Dropped fields (not writable)', factList(droppedFieldFacts(topics), code)),
    titled('Unknown fields (left out)', factList(unknownFieldFacts(topics), code)),
    titled('Run', factList(summaryFacts(summary))),
    titled(
      'Notes',
      notes.map((note) => `- ${code(note, 600)}`),
    ),
    continuing(summary, continueCommand),
    failures(summary, retryCommand),
  ]);
}

function continuing(summary: Summary, command: string | undefined): string[] {
  if (command === undefined) return [];
  const lines = ['To go on where it stopped:', '', ...codeBlock(command, 'sh')];
  return titled('Continue', isPiped(summary) ? [...lines, PIPE_AGAIN] : lines);
}

function failures({ failures_file: file, totals }: Summary, retryCommand: string | undefined): string[] {
  if (file === null) return [];
  const lines = [`The failures are in ${code(file, 600)}.`];
  if (totals.in_doubt > 0) {
    lines.push('Records in doubt may have been written: look for them in the org before you replay them.');
  }
  if (retryCommand !== undefined) lines.push('To replay them:', '', ...codeBlock(retryCommand, 'sh'));
  return titled('Failures', lines);
}
