import type { DiffReport } from '../../accounting/diff-report.js';
import { diffDocument } from '../diff-json.js';
import { DIFF_COUNTS, diffFacts, diffRows, diffVerdict, exampleText } from '../diff-text.js';
import { placeOf } from '../topic-details.js';
import { formatCount } from '../format.js';
import { readAssets } from './assets.js';
import { htmlDocument } from './document.js';
import { foreign, jsonFor, markup } from './markup.js';
import type { Section } from './section.js';
import { table } from './table.js';

const MOST_ROWS = 500;
const LONGEST = 300;

/** The page about a comparison, with the document that `--json` prints in it. */
export function formatDiffPage(report: DiffReport): string {
  const verdict = diffVerdict(report).replaceAll('\u00A0', ' ');
  const { style } = readAssets();
  return htmlDocument({
    runId: report.run.id,
    title: verdict,
    heading: verdict,
    lead: undefined,
    sections: [topics(report), fields(report), errors(report), facts(report)].filter((one) => one !== undefined),
    note: 'It holds values of records: share it as you would share them.',
    style,
  });
}

function topics(report: DiffReport): Section {
  const body = table({
    label: 'Topics',
    heads: ['topic', ...DIFF_COUNTS.map(({ titles: [title] }) => title)],
    rows: diffRows(report)
      .slice(0, MOST_ROWS)
      .map((row) => [
        markup`${row.topic} <small>${row.sobject}</small>`,
        ...DIFF_COUNTS.map(({ key }) => formatCount(row[key])),
      ]),
  });
  return { id: 'topics', title: 'Topics', body };
}

function fields(report: DiffReport): Section | undefined {
  const rows = report.topics.flatMap(({ topic, fields: differing }) =>
    differing.map((field) => [
      markup`<code>${field.field}</code> <small>${topic}</small>`,
      formatCount(field.count),
      foreign(exampleText(field), LONGEST),
      placeOf(field.example),
    ]),
  );
  if (rows.length === 0) return undefined;
  const heads = ['field', 'keys', 'for example', 'at'];
  const body = table({ label: 'Fields that differ', heads, rows: rows.slice(0, MOST_ROWS) });
  return { id: 'fields', title: 'Fields that differ', body };
}

function errors(report: DiffReport): Section | undefined {
  const all = [...report.topics, ...report.line_errors];
  const rows = all.flatMap(({ topic, errors: ofTopic }) =>
    ofTopic.map((error) => [
      markup`<code>${foreign(error.code, LONGEST)}</code> <small>${topic}</small>`,
      formatCount(error.count),
      foreign(error.example, LONGEST),
      placeOf(error),
    ]),
  );
  if (rows.length === 0) return undefined;
  const body = table({ label: 'Errors', heads: ['error', 'count', 'for example', 'first at'], rows });
  return { id: 'errors', title: 'Errors', body };
}

function facts(report: DiffReport): Section {
  const body = markup`<dl class="facts">
${diffFacts(report).map(
  ({ label, text }) => markup`<div><dt>${label}</dt><dd>${text}</dd></div>
`,
)}</dl>
<script type="application/json" id="document">${jsonFor(diffDocument(report))}</script>`;
  return { id: 'run', title: 'Comparison', body };
}
