import { formatCount, formatDuration, formatRate } from '../format.js';
import { tableOf } from '../table.js';
import { tableMarkup, type PageSection } from './html.js';
import { jsonFor, markup, type Markup } from './markup.js';
import type { RunHistory } from './recorder.js';
import { failuresPlot, stretches, throughputPlot, type Plot, type Stretch } from './series.js';

/**
 * Throughput and failures over time: plots for whoever has scripts, and the same in figures. None where nothing was
 * written and nothing failed.
 */
export function overTime(history: RunHistory): PageSection[] {
  const throughput = throughputPlot(history);
  const failures = failuresPlot(history);
  if (throughput.series.length + failures.series.length === 0) return [];
  const until = (history.samples.at(-1)?.atMs ?? 0) / 1000;
  const plots = [
    { id: 'throughput', title: 'Records written per second', unit: '/s', isCount: false, until, ...throughput },
    { id: 'failures', title: 'Failed or in doubt so far', unit: '', isCount: true, until, ...failures },
  ].filter(isDrawn);
  const note = history.jobs.some((job) => job.endedAtMs !== undefined)
    ? markup`<p class="note">What a bulk job has written is spread over the time that the org worked on it.</p>`
    : undefined;
  const body = markup`${note}${plots.map(({ id, title }) => figure(id, title))}
<details open>
<summary>In figures</summary>
${figures(history)}
</details>
<script type="application/json" id="plots">${jsonFor(plots)}</script>`;
  return [{ title: 'Over time', body }];
}

/** A line needs two points. */
function isDrawn({ times, series }: Plot): boolean {
  return times.length > 1 && series.length > 0;
}

/** Shown once the script has drawn it. */
function figure(id: string, title: string): Markup {
  const label = `${title}: a line chart. The table below has the figures; the arrow keys go along the time.`;
  return markup`<figure id="plot-${id}" hidden>
<figcaption>${title}</figcaption>
<div class="legend" role="group" aria-label="Lines shown of: ${title}"></div>
<div class="canvas" tabindex="0" role="img" aria-label="${label}"></div>
<p class="readout" aria-live="polite"></p>
</figure>`;
}

function figures(history: RunHistory): Markup | undefined {
  const right = { align: 'right' } as const;
  const table = tableOf<Stretch>(
    [
      { titles: ['until'], cell: ({ untilMs }) => formatDuration(untilMs) },
      { titles: ['written'], cell: ({ written }) => formatCount(written), ...right },
      { titles: ['rate'], cell: ({ perSecond }) => formatRate(perSecond), ...right },
      { titles: ['failed'], cell: ({ failed }) => formatCount(failed), ...right },
    ],
    stretches(history),
  );
  return tableMarkup('The run in stretches', table);
}
