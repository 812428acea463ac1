import { stoppedText, writtenText } from '../verdict.js';
import { readAssets } from './assets.js';
import { errors } from './errors.js';
import { aboutRun, apiUse, droppedFields, runFacts, unknownFields } from './facts.js';
import { bulkJobs } from './jobs.js';
import { htmlDocument } from './document.js';
import { markup } from './markup.js';
import { outcomes } from './outcomes.js';
import { overTime } from './over-time.js';
import { whatIsLeft } from './replaying.js';
import type { RunPage } from './run-page.js';
import { topicsTable } from './topics.js';

/** The page about a run: one HTML document that needs nothing else, no network, and scripts for its plots alone. */
export function formatPage(page: RunPage): string {
  const { summary, settings, history } = page;
  const sections = [
    ...whatIsLeft(page),
    topicsTable(summary, settings.mappings),
    errors(page),
    overTime(history),
    bulkJobs(page),
    droppedFields(page),
    unknownFields(page),
    apiUse(page),
    runFacts(page),
  ].filter((section) => section !== undefined);
  const stopped = stoppedText(summary);
  const written = writtenText(summary);
  return htmlDocument({
    runId: summary.run.id,
    title: stopped ?? written,
    heading: markup`${stopped === undefined ? undefined : markup`<span class="stopped">${stopped}</span> `}${written}`,
    about: markup`<p class="run">${aboutRun(summary)}</p>
`,
    lead: outcomes(summary),
    sections,
    note: 'It may hold what failed records hold: share it as you would share them.',
    ...readAssets(),
  });
}
