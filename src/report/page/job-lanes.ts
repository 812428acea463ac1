import type { JobHistory } from './history.js';

/** Jobs of one topic, each in the first lane that is free. */
export interface Track {
  readonly topic: string;
  readonly lanes: number;
  readonly jobs: readonly { readonly job: JobHistory; readonly lane: number }[];
}

/** Tracks in the order in which their first job was made. `endMs` is when a job ended of whose end nobody knows. */
export function tracksOf(jobs: readonly JobHistory[], endMs: number): Track[] {
  const byTopic = new Map<string, JobHistory[]>();
  for (const job of jobs) {
    const known = byTopic.get(job.topic);
    if (known === undefined) byTopic.set(job.topic, [job]);
    else known.push(job);
  }
  return [...byTopic].map(([topic, own]) => {
    /** When each lane is free again. */
    const free: number[] = [];
    const placed = own.map((job) => {
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

export function isTroubled({ state, failed }: JobHistory): boolean {
  return (failed ?? 0) > 0 || state !== 'JobComplete';
}
