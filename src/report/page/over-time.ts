import { formatCount, formatDuration, formatRate } from '../format.js';
import type { RunHistory } from './history.js';
import { jsonFor, markup, type Markup } from './markup.js';
import { failuresPlot, stretches, throughputPlot, type Plot } from './series.js';
import { table } from './table.js';
import type { Section } from './section.js';

/**
 * Throughput and failures over time: plots for whoever has scripts, and the same in figures. Undefined where nothing
 * was written and nothing failed.
 */
export function overTime(history: RunHistory): Section | undefined {
  const throughput = throughputPlot(history);
  const failures = failuresPlot(history);
  if (throughput.series.length + failures.series.length === 0) return undefined;
  const until = (history.samples.at(-1)?.atMs ?? 0) / 1000;
  const plots = [
    { id: 'throughput', title: 'Records written per second', unit: '/s', isCount: false, until, ...throughput },
    { id: 'failures', title: 'Failed or in doubt so far', unit: '', isCount: true, until, ...failures },
  ].filter(isDrawn);
  const note = history.jobs.some((job) => job.endedAtMs !== undefined)
    ? markup`<p class="note">What a bulk job has written is spread over the time that the org worked on it.</p>`
    : undefined;
  const body = markup`${note}${plots.map(({ id, title }) => figure(id, title))}
<details class="figures" open>
<summary>In figures</summary>
${figures(history)}
</details>
<script type="application/json" id="plots">${jsonFor(plots)}</script>`;
  return { id: 'over-time', title: 'Over time', body };
}

/** A line needs two points. */
function isDrawn({ times, series }: Plot): boolean {
  return times.length > 1 && series.length > 0;
}

/** Shown once the script has drawn it. */
function figure(id: string, title: string): Markup {
  const label = `${title}: a line chart. The table below has the figures; the arrow keys go along the time.`;
  return markup`<figure class="plot" id="plot-${id}" hidden>
<figcaption>${title}</figcaption>
<div class="legend" role="group" aria-label="Lines shown of: ${title}"></div>
<div class="canvas" tabindex="0" role="img" aria-label="${label}"></div>
<p class="readout" aria-live="polite"></p>
</figure>`;
}

function figures(history: RunHistory): Markup {
  const rows = stretches(history).map(({ untilMs, written, perSecond, failed }) => [
    formatDuration(untilMs),
    formatCount(written),
    formatRate(perSecond),
    formatCount(failed),
  ]);
  return table({ label: 'The run in stretches', heads: ['until', 'written', 'rate', 'failed'], rows });
}
