import type { CheckReport } from '../accounting/check-report.js';
import { keyFacts, reasonedDropFacts } from './check-details.js';
import { checkColumns, checkFacts, verdict } from './check-text.js';
import { errorMarkdown } from './error-markdown.js';
import { code, factList, joinSections, markdownTable, moreTopics, mostTopics, titled } from './markdown.js';
import { paintFor } from './paint.js';
import { unknownFieldFacts } from './topic-details.js';

/** What a check found as Markdown, for a CI system to show. Ends with a newline. */
export function checkMarkdown(report: CheckReport): string {
  const { topics, exit_code: exitCode, warnings, line_errors: lineErrors } = report;
  const possible = topics.map(({ topic, possible_errors: errors }) => ({ topic, errors }));
  return joinSections([
    [`### ${exitCode === 0 ? '✅' : '❌'} sfreplay check: ${verdict(report).replaceAll('\u00A0', ' ')}`],
    tableOf(report),
    titled('Would fail', errorMarkdown([...topics, ...lineErrors])),
    titled('May fail (the org has the last word)', errorMarkdown(possible)),
    titled('Keys', factList(keyFacts(topics), code)),
    titled('Dropped fields', factList(reasonedDropFacts(topics), code)),
    titled('Unknown fields (left out)', factList(unknownFieldFacts(topics), code)),
    titled('Org and input', factList(checkFacts(report))),
    titled(
      'Warnings',
      warnings.map((warning) => `- ${code(warning, 600)}`),
    ),
  ]);
}

function tableOf({ topics, input }: CheckReport): string[] {
  if (topics.length === 0) return [];
  const columns = checkColumns(input !== null, paintFor(false));
  return [...markdownTable(columns, topics.slice(0, mostTopics)), ...moreTopics(topics.length)];
}
