import { sumOf } from '../errors.js';
import { formatDuration, formatRate, safeText } from '../format.js';
import { countColumn, tableOf } from '../table.js';
import { jsonFor, markup, tableMarkup, type Markup, type PageSection } from './html.js';
import type { JobHistory, RunHistory, Sample } from './recorder.js';

/** Topics that have a line of their own; the others share one. */
const MOST_TOPICS = 6;
const STYLE_OF_OTHERS = MOST_TOPICS + 1;
const STYLE_OF_MALFORMED = MOST_TOPICS + 2;
/** Enough to see a stall, few enough for single calls not to look like one. */
const MOST_BINS = 60;
const MOST_TIMES = 300;
const MOST_STRETCHES = 12;

/** A plot's figures: each series has a value for each time. */
interface Plot {
  /** Seconds since the run began, rising. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

interface Series {
  readonly label: string;
  /** Which colour and dash: 0 for all topics together, 1 and on for the topics drawn alone, and the last two for the rest. */
  readonly style: number;
  readonly values: readonly number[];
}

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
    // A line needs two points.
  ].filter(({ times, series }) => times.length > 1 && series.length > 0);
  const note = history.jobs.some((job) => job.endedAtMs !== undefined)
    ? markup`<p class="note">Records written by a bulk job are spread over the time that the org worked on it.</p>`
    : undefined;
  const body = markup`${note}${plots.map(({ id, title }) => figure(id, title))}
<details open>
<summary>In figures</summary>
${figures(history)}
</details>
<script type="application/json" id="plots">${jsonFor(plots)}</script>`;
  return [{ title: 'Over time', body }];
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
  const table = tableOf<ReturnType<typeof stretches>[number]>(
    [
      { titles: ['until'], cell: ({ untilMs }) => formatDuration(untilMs) },
      countColumn(['written'], ({ written }) => written),
      { titles: ['rate'], cell: ({ perSecond }) => formatRate(perSecond), align: 'right' },
      countColumn(['failed'], ({ failed }) => failed),
    ],
    stretches(history),
  );
  return tableMarkup('The run in intervals', table);
}

/** Records written per second, in bins of one width; a value stands in the middle of its bin. Empty where nothing was. */
export function throughputPlot(history: RunHistory): Plot {
  const { topics, samples } = spread(history);
  const edges = edgesOf(samples, Math.min(MOST_BINS, Math.max(1, Math.floor(samples.length / 3))));
  const middles = edges.slice(1).map((edge, index) => (edge + (edges[index] ?? 0)) / 2000);
  const widths = steps(edges);
  const series = seriesOf(topics, samples, ({ written }) => written).map(({ counts, ...rest }) => {
    const written = steps(edges.map((edge) => countAt(samples, counts, edge)));
    return { ...rest, values: written.map((count, index) => rounded((count / (widths[index] ?? 1)) * 1000)) };
  });
  return { times: middles.map(rounded), series };
}

/**
 * The same with what a bulk job has written spread over the time that the org worked on it: the org tells of it all at
 * once when the job has ended, which would be spikes with nothing between them.
 */
function spread(history: RunHistory): RunHistory {
  const { topics, samples, jobs } = history;
  const curves = topics.map((topic, index) => {
    const own = jobs.filter((job) => job.topic === topic && job.endedAtMs !== undefined);
    const last = samples.at(-1)?.written[index] ?? 0;
    const written = sumOf(own, writtenBy);
    if (written === 0) return undefined;
    // What was folded, or written otherwise, is spread along.
    return (atMs: number) => (sumOf(own, (job) => writtenBy(job) * doneShare(job, atMs)) / written) * last;
  });
  const spreadSamples = samples.map((sample) => ({
    ...sample,
    written: sample.written.map((count, index) => curves[index]?.(sample.atMs) ?? count),
  }));
  return { ...history, samples: spreadSamples };
}

function writtenBy({ records, failed = 0 }: JobHistory): number {
  return Math.max(0, records - failed);
}

/** How much of its work a job had done, as if the org went on evenly from its closing to its end. */
function doneShare({ madeAtMs, closedAtMs = madeAtMs, endedAtMs = closedAtMs }: JobHistory, atMs: number): number {
  if (atMs >= endedAtMs) return 1;
  return Math.max(0, (atMs - closedAtMs) / Math.max(1, endedAtMs - closedAtMs));
}

/** Records that had failed or were in doubt, and lines that were malformed, at each time. Empty where nothing had. */
export function failuresPlot({ topics, samples }: RunHistory): Plot {
  const step = Math.ceil(samples.length / MOST_TIMES);
  const isShown = (_one: unknown, index: number): boolean => index % step === 0 || index === samples.length - 1;
  const times = samples.filter(isShown).map(({ atMs }) => rounded(atMs / 1000));
  const malformed = samples.map((sample) => sample.malformed);
  const all = [
    ...seriesOf(topics, samples, ({ failed }) => failed),
    ...((malformed.at(-1) ?? 0) > 0
      ? [{ label: 'malformed lines', style: STYLE_OF_MALFORMED, counts: malformed }]
      : []),
  ];
  return { times, series: all.map(({ counts, ...rest }) => ({ ...rest, values: counts.filter(isShown) })) };
}

/** The run in a few stretches of one length, for people who read figures. */
export function stretches(history: RunHistory) {
  const { samples } = spread(history);
  const edges = edgesOf(samples, Math.min(MOST_STRETCHES, Math.max(1, samples.length - 1)));
  const widths = steps(edges);
  const counted = (of: (sample: Sample) => number): number[] => {
    const counts = samples.map(of);
    return steps(edges.map((edge) => Math.round(countAt(samples, counts, edge))));
  };
  const failed = counted((sample) => sumOf(sample.failed, (count) => count) + sample.malformed);
  return counted((sample) => sumOf(sample.written, (count) => count)).map((written, index) => ({
    untilMs: edges[index + 1] ?? 0,
    written,
    perSecond: (written / Math.max(1, widths[index] ?? 0)) * 1000,
    failed: failed[index] ?? 0,
  }));
}

/** What each value is more than the one before it. */
function steps(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => value - (values[index] ?? 0));
}

/** All topics together, those with most records alone, and the others together. A topic has one style in all plots. */
function seriesOf(topics: readonly string[], samples: readonly Sample[], of: (sample: Sample) => readonly number[]) {
  const last = samples.at(-1);
  const size = (index: number): number => (last?.written[index] ?? 0) + (last?.failed[index] ?? 0);
  const ranked = topics.map((_topic, index) => index).filter((index) => size(index) > 0);
  ranked.sort((a, b) => size(b) - size(a));
  const alone = ranked.slice(0, MOST_TOPICS);
  const others = ranked.slice(MOST_TOPICS);
  const together = (indexes: readonly number[]): number[] =>
    samples.map((sample) => sumOf(indexes, (index) => of(sample)[index] ?? 0));
  const series = [
    ...(ranked.length > 1 ? [{ label: 'all topics', style: 0, counts: together(ranked) }] : []),
    ...alone.map((index, rank) => ({
      label: safeText(topics[index] ?? ''),
      style: rank + 1,
      counts: together([index]),
    })),
    ...(others.length > 0 ? [{ label: 'other topics', style: STYLE_OF_OTHERS, counts: together(others) }] : []),
  ];
  return series.filter(({ counts }) => (counts.at(-1) ?? 0) > 0);
}

function edgesOf(samples: readonly Sample[], bins: number): number[] {
  const [from, to] = [samples[0]?.atMs ?? 0, samples.at(-1)?.atMs ?? 0];
  if (to <= from) return [from];
  return Array.from({ length: bins + 1 }, (_, index) => from + ((to - from) * index) / bins);
}

/** Between two samples, as if the count had risen evenly. */
function countAt(samples: readonly Sample[], counts: readonly number[], atMs: number): number {
  const next = samples.findIndex((sample) => sample.atMs >= atMs);
  if (next <= 0) return counts.at(next) ?? 0;
  const [before, after] = [samples[next - 1]?.atMs ?? 0, samples[next]?.atMs ?? 0];
  const share = after > before ? (atMs - before) / (after - before) : 1;
  const [low, high] = [counts[next - 1] ?? 0, counts[next] ?? 0];
  return low + (high - low) * share;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
