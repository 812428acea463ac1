import { markup } from './markup.js';
import type { RunPage } from './run-page.js';
import type { Section } from './section.js';

/** Where the failures are and how to replay them. Undefined where nothing failed. */
export function replaying({ summary, retryCommand }: RunPage): Section | undefined {
  const { failures_file: file, totals } = summary;
  if (file === null) return undefined;
  const body = markup`<p>What was not written is in <code>${file}</code>, each line with its reason.
${retryCommand === undefined ? undefined : 'To try again once the reasons are gone:'}</p>
${retryCommand === undefined ? undefined : markup`<pre class="command" tabindex="0">${retryCommand}</pre>`}
${totals.in_doubt > 0 ? markup`<p class="note">${ADVICE}</p>` : undefined}`;
  return { id: 'replay', title: 'Failures', body };
}

const ADVICE = 'Records in doubt may have been written: look for them in the org before you replay them.';
