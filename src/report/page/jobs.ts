import { sumOf } from '../errors.js';
import { formatCount, formatDuration, formatNoun, formatSeconds } from '../format.js';
import { countColumn, tableOf, type ColumnOf } from '../table.js';
import { markup, tableMarkup, type Markup, type PageSection } from './html.js';
import type { JobHistory } from './recorder.js';
import type { RunPage } from './run-page.js';

const MOST_JOBS = 400;
const LANE_HEIGHT = 10;
const BAR_HEIGHT = 7;
/** Of the whole time: the narrowest that is seen. */
const HAIR_LINE = 0.0015;
const MOST_TICKS = 6;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS_MS = [
  ...[10, 20, 50, 100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND],
  ...[MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR],
  ...[12 * HOUR, 24 * HOUR],
];

/** Bulk jobs as a time line and as a table. None where there were none. */
export function bulkJobs({ history: { jobs }, summary }: RunPage): PageSection[] {
  if (jobs.length === 0) return [];
  const endMs = summary.run.duration_ms;
  const shown = chooseJobs(jobs, MOST_JOBS);
  const left = jobs.length - shown.length;
  const records = sumOf(jobs, (job) => job.records);
  const body = markup`<p>${formatNoun(jobs.length, 'job')}, ${formatNoun(records, 'record')}. A bar starts when its job was created, is pale
until the job was closed, and ends when the job finished. <span class="bad">Red</span> is the share of its records that
failed; a job that did not complete is all red.</p>
${
  left > 0
    ? markup`<p class="note">${formatCount(shown.length)} of the ${formatCount(jobs.length)} jobs are shown: those with most
failures, and some from every part of the run.</p>`
    : undefined
}
<div class="timeline" role="img" aria-label="Time line of the jobs, as in the table below">
${tracksOf(shown, endMs).map((track) => trackMarkup(track, endMs))}
${axis(endMs)}
</div>
<details${shown.length > 20 ? '' : ' open'}>
<summary>In figures</summary>
${jobsTable(shown)}
</details>`;
  return [{ title: 'Bulk jobs', body }];
}

/** Jobs of one topic, each in the first lane that is free. */
interface Track {
  readonly topic: string;
  readonly lanes: number;
  readonly jobs: readonly { readonly job: JobHistory; readonly lane: number }[];
}

/** Tracks in the order in which their first job was made. `endMs` is when a job ended of whose end nobody knows. */
export function tracksOf(jobs: readonly JobHistory[], endMs: number): Track[] {
  const topics = new Set(jobs.map(({ topic }) => topic));
  return [...topics].map((topic) => {
    /** When each lane is free again. */
    const free: number[] = [];
    const placed = jobs
      .filter((job) => job.topic === topic)
      .map((job) => {
        const found = free.findIndex((untilMs) => untilMs <= job.madeAtMs);
        const lane = found < 0 ? free.length : found;
        free[lane] = job.endedAtMs ?? endMs;
        return { job, lane };
      });
    return { topic, lanes: free.length, jobs: placed };
  });
}

/** At most so many jobs, in their order: those with trouble first, and of the others some from every part of the run. */
export function chooseJobs(jobs: readonly JobHistory[], most: number): readonly JobHistory[] {
  if (jobs.length <= most) return jobs;
  const troubled = jobs.filter(isTroubled).sort((a, b) => (b.failed ?? 0) - (a.failed ?? 0));
  const chosen = new Set(troubled.slice(0, most / 2));
  const others = jobs.filter((job) => !chosen.has(job));
  const step = others.length / (most - chosen.size);
  for (let at = 0; chosen.size < most; at += step) chosen.add(others[Math.floor(at)] as JobHistory);
  return jobs.filter((job) => chosen.has(job));
}

function isTroubled({ state, failed }: JobHistory): boolean {
  return (failed ?? 0) > 0 || state !== 'JobComplete';
}

function trackMarkup({ topic, lanes, jobs }: Track, endMs: number): Markup {
  return markup`<p>${topic}</p>
<svg height="${lanes * LANE_HEIGHT}">${jobs.map(({ job, lane }) => bar(job, lane, endMs))}</svg>
`;
}

function bar(job: JobHistory, lane: number, endMs: number): Markup {
  const { madeAtMs, closedAtMs, endedAtMs = endMs } = job;
  const closed = closedAtMs ?? (job.isResumed ? madeAtMs : endedAtMs);
  const rect = (kind: string, from: number, to: number): Markup => {
    const x = (from / endMs) * 100;
    // A short job is a hair line, not nothing.
    const width = Math.max(HAIR_LINE * 100, ((to - from) / endMs) * 100);
    const y = lane * LANE_HEIGHT + 1;
    return markup`<rect fill="var(--${kind})" x="${x.toFixed(2)}%" y="${y}" width="${width.toFixed(2)}%" height="${BAR_HEIGHT}"/>`;
  };
  // What the org worked on, the failed part of it last; where there is no such time, what was loaded.
  const hasWork = endedAtMs > closed;
  const bad = failedShare(job);
  const split = (kind: string, from: number, to: number): Markup[] => {
    const at = to - (to - from) * bad;
    return [
      ...(bad < 1 ? [rect(kind, from, to)] : []),
      ...(bad > 0 ? [rect(`${kind}-bad`, Math.min(at, to - endMs * HAIR_LINE), to)] : []),
    ];
  };
  const parts = [
    ...(closed > madeAtMs ? (hasWork ? [rect('load', madeAtMs, closed)] : split('load', madeAtMs, closed)) : []),
    ...(hasWork ? split('work', closed, endedAtMs) : []),
  ];
  return markup`<g><title>${job.id}: ${formatNoun(job.records, 'record')}, ${endText(job)}</title>${parts}</g>
`;
}

/** From 0 to 1. A job that did not complete has failed as a whole, whatever it has written. */
function failedShare(job: JobHistory): number {
  const { state, failed = 0, records } = job;
  if (state !== 'JobComplete') return 1;
  return records === 0 ? 0 : Math.min(1, failed / records);
}

/** Hours, minutes and seconds below the bars, at round figures. */
function axis(endMs: number): Markup {
  const stepMs = STEPS_MS.find((step) => endMs / step <= MOST_TICKS) ?? Math.ceil(endMs / MOST_TICKS);
  const ticks = Array.from({ length: Math.floor(endMs / stepMs) + 1 }, (_, index) => index * stepMs);
  return markup`<svg class="axis" height="18">${ticks.map((atMs) => {
    const x = `${((atMs / endMs) * 100).toFixed(2)}%`;
    const anchor = atMs === 0 ? 'start' : atMs / endMs > 0.95 ? 'end' : 'middle';
    const text = atMs === 0 ? '0' : stepMs < SECOND ? formatDuration(atMs) : formatSeconds(atMs);
    return markup`<line x1="${x}" x2="${x}" y1="0" y2="4"/><text x="${x}" y="15" text-anchor="${anchor}">${text}</text>`;
  })}</svg>`;
}

function jobsTable(jobs: readonly JobHistory[]): Markup | undefined {
  const columns: ColumnOf<JobHistory>[] = [
    { titles: ['job'], cell: ({ id }) => id, note: ({ topic }) => topic },
    countColumn(['records'], ({ records }) => records),
    {
      ...countColumn(['failed'], ({ failed }) => failed ?? null),
      tone: (job) => (isTroubled(job) ? 'red' : undefined),
    },
    { titles: ['state'], cell: endText, align: 'right' },
    {
      titles: ['made'],
      cell: ({ isResumed, madeAtMs }) => (isResumed ? 'by an earlier run' : formatDuration(madeAtMs)),
      align: 'right',
    },
    { titles: ['closed'], cell: ({ closedAtMs }) => timeText(closedAtMs), align: 'right' },
    { titles: ['ended'], cell: ({ endedAtMs }) => timeText(endedAtMs), align: 'right' },
  ];
  return tableMarkup('Bulk jobs', tableOf(columns, jobs));
}

function endText({ state, endedAtMs, closedAtMs }: JobHistory): string {
  if (state !== undefined) return state;
  return endedAtMs === undefined && closedAtMs !== undefined ? 'not seen to end' : 'not closed';
}

function timeText(atMs: number | undefined): string {
  return atMs === undefined ? '–' : formatDuration(atMs);
}
