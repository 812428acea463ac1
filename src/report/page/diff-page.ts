import type { DiffReport } from '../../accounting/diff-report.js';
import { diffDocument } from '../diff.js';
import { NO_BREAK_SPACE } from '../format.js';
import { documentedDiff } from '../json.js';
import { formatHtml, jsonFor, markup, pageSections } from './html.js';

/** The page about a comparison, with the document that `--json` prints in it. */
export function formatDiffPage(report: DiffReport): string {
  const { verdict, sections } = diffDocument(report);
  const title = verdict.replaceAll(NO_BREAK_SPACE, ' ');
  return formatHtml({
    runId: report.run.id,
    title,
    heading: title,
    lead: markup`<script type="application/json" id="document">${jsonFor(documentedDiff(report))}</script>`,
    sections: pageSections(sections),
    note: 'It contains values of records: share it only as you would share the records.',
    hasPlots: false,
  });
}
