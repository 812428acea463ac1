import { formatNoun } from '../format.js';
import { isPiped, PIPE_AGAIN } from '../verdict.js';
import { markup } from './markup.js';
import type { RunPage } from './run-page.js';
import type { Section } from './section.js';

/** How to go on with a run that stopped part-way; where the failures are and how to replay them. */
export function whatIsLeft(page: RunPage): Section[] {
  return [continuing(page), replaying(page)].filter((section) => section !== undefined);
}

function continuing(page: RunPage): Section | undefined {
  const { summary, continueCommand } = page;
  const { unsent } = summary.totals;
  const left = unsent > 0 && !areUnsentKept(page);
  if (continueCommand === undefined && !left) return undefined;
  const body = markup`<p>The run stopped part-way. ${
    left ? `${formatNoun(unsent, 'record')} not sent, in no file but the input.` : undefined
  } ${continueCommand === undefined ? undefined : markup`<code>${summary.journal_file ?? undefined}</code> knows what is settled; to go on from there:`}</p>
${continueCommand === undefined ? undefined : markup`<pre class="command" tabindex="0">${continueCommand}</pre>`}
${continueCommand !== undefined && isPiped(summary) ? markup`<p class="note">${PIPE_AGAIN}</p>` : undefined}`;
  return { id: 'continue', title: continueCommand === undefined ? 'Not sent' : 'Continue', body };
}

/** What cannot be read again is kept with the failures, unless a journal knows where to go on. */
function areUnsentKept({ summary }: RunPage): boolean {
  return summary.failures_file !== null && summary.journal_file === null;
}

function replaying(page: RunPage): Section | undefined {
  const { summary, retryCommand } = page;
  const { failures_file: file, totals } = summary;
  if (file === null) return undefined;
  const kept = [
    totals.in_doubt > 0 ? ' or is in doubt' : '',
    totals.unsent > 0 && areUnsentKept(page) ? ' or was not sent' : '',
  ];
  const body = markup`<p>What failed${kept} is in <code>${file}</code>, each line with its reason.
${retryCommand === undefined ? undefined : 'To try again once the reasons are gone:'}</p>
${retryCommand === undefined ? undefined : markup`<pre class="command" tabindex="0">${retryCommand}</pre>`}
${totals.in_doubt > 0 ? markup`<p class="note">${ADVICE}</p>` : undefined}`;
  return { id: 'replay', title: 'Failures', body };
}

const ADVICE = 'Records in doubt may have been written: look for them in the org before you replay them.';
