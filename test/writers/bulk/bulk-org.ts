import { parse } from 'csv-parse/sync';
import { startOrg, type Handler, type TestOrg } from '../../salesforce/test-org.js';

/** A job of the scripted org, and what the org is to say of it. */
export interface ScriptedJob {
  readonly id: string;
  /** The body of its creation. */
  readonly made: Readonly<Record<string, unknown>>;
  state: string;
  csv: string;
  processed: number;
  failed: number;
  errorMessage?: string;
  /** A result file, or the status that stands in its place; header-only where it is not set. */
  successfulResults?: string | number;
  failedResults?: string | number;
  unprocessedrecords?: string | number;
}

export type Step =
  'create' | 'upload' | 'close' | 'abort' | 'look' | 'successfulResults' | 'failedResults' | 'unprocessedrecords';

type Exchange = Parameters<Handler>[0];

export interface BulkScript {
  /** Works on a job that was closed. */
  readonly work: (job: ScriptedJob, count: number) => void;
  /** Answers in the org's place where it returns true. `count` is the number of this kind of step, from 1. */
  readonly before?:
    ((step: Step, exchange: Exchange, count: number, job: ScriptedJob | undefined) => boolean) | undefined;
}

export interface BulkOrg extends TestOrg {
  readonly jobs: ScriptedJob[];
  /** What was asked for, in order. */
  readonly steps: Step[];
}

/** An org that knows Bulk API 2.0 and nothing else, and does what the script says. */
export async function startBulkOrg({ work, before }: BulkScript): Promise<BulkOrg> {
  const jobs: ScriptedJob[] = [];
  const steps: Step[] = [];
  let closed = 0;
  const org = await startOrg((exchange) => {
    const { seen, reply } = exchange;
    const [, id, tail] = /\/jobs\/ingest(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(seen.url) ?? [];
    const step = stepOf(seen.method, tail, seen.body);
    steps.push(step);
    const job = jobs.find((one) => one.id === id);
    if (before?.(step, exchange, steps.filter((one) => one === step).length, job) === true) return;
    if (step === 'create') {
      const made = JSON.parse(seen.body) as ScriptedJob['made'];
      const created: ScriptedJob = {
        id: `750${jobs.length + 1}`,
        made,
        state: 'Open',
        csv: '',
        processed: 0,
        failed: 0,
      };
      jobs.push(created);
      reply.json(200, { id: created.id, state: 'Open' });
    } else if (job === undefined) {
      reply.json(404, [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }]);
    } else if (step === 'upload') {
      job.csv = seen.body;
      reply.raw(201, '');
    } else if (step === 'close') {
      job.state = 'JobComplete';
      work(job, ++closed);
      reply.json(200, { id: job.id, state: 'UploadComplete' });
    } else if (step === 'abort') {
      job.state = 'Aborted';
      reply.json(200, { id: job.id, state: 'Aborted' });
    } else if (step === 'look') {
      const { state, errorMessage, processed, failed } = job;
      reply.json(200, {
        id: job.id,
        state,
        errorMessage,
        numberRecordsProcessed: processed,
        numberRecordsFailed: failed,
      });
    } else {
      const result = job[step] ?? headerOf(step, job.csv);
      if (typeof result === 'number') reply.json(result, [{ errorCode: 'NOT_FOUND', message: 'no such file' }]);
      else reply.raw(200, result, { 'content-type': 'text/csv' });
    }
  });
  return Object.assign(org, { jobs, steps });
}

/** The rows of a job's upload by their header. */
export function rowsOf({ csv }: Pick<ScriptedJob, 'csv'>): Record<string, string>[] {
  return parse(csv, { columns: true });
}

/** Every row is written. */
export function allWritten(job: ScriptedJob): void {
  job.processed = rowsOf(job).length;
  job.successfulResults = successes(job, rowsOf(job));
}

/** A result file in the org's manner: quoted `sf__` names, rows in reverse. */
export function successes(job: ScriptedJob, rows: readonly Record<string, string>[]): string {
  return resultFile('"sf__Id","sf__Created"', job.csv, rows, (_row, i) => `"001${i}","true"`);
}

export function failures(
  job: ScriptedJob,
  rows: readonly Record<string, string>[],
  errorOf: (row: Record<string, string>) => string,
): string {
  return resultFile('"sf__Id","sf__Error"', job.csv, rows, (row) => `"",${quoted(errorOf(row))}`);
}

export function unprocessed(job: ScriptedJob, rows: readonly Record<string, string>[]): string {
  const names = Object.keys(rowsOf(job)[0] ?? {});
  return [names.join(), ...rows.map((row) => names.map((name) => quoted(row[name] ?? '')).join())].join('\n');
}

/** Fails the rows that have an error, and writes the others. */
export function failing(
  errorOf: (row: Record<string, string>, count: number) => string | undefined,
): BulkScript['work'] {
  return (job, count) => {
    const rows = rowsOf(job);
    const bad = rows.filter((row) => errorOf(row, count) !== undefined);
    job.processed = rows.length;
    job.failed = bad.length;
    job.failedResults = failures(job, bad, (row) => errorOf(row, count) ?? '');
    job.successfulResults = successes(
      job,
      rows.filter((row) => !bad.includes(row)),
    );
  };
}

function resultFile(
  first: string,
  csv: string,
  rows: readonly Record<string, string>[],
  cellsOf: (row: Record<string, string>, i: number) => string,
): string {
  const names = csv.slice(0, csv.indexOf('\n')).split(',');
  const lines = rows.map((row, i) => [cellsOf(row, i), ...names.map((name) => quoted(row[name] ?? ''))].join());
  return `${[[first, ...names].join(), ...lines.reverse()].join('\n')}\n`;
}

function headerOf(step: Step, csv: string): string {
  const names = csv.slice(0, csv.indexOf('\n'));
  return step === 'unprocessedrecords'
    ? `${names}\n`
    : `"sf__Id","${step === 'failedResults' ? 'sf__Error' : 'sf__Created'}",${names}\n`;
}

function stepOf(method: string, tail: string | undefined, body: string): Step {
  if (tail === 'batches') return 'upload';
  if (tail !== undefined) return tail as Step;
  if (method === 'POST') return 'create';
  if (method === 'GET') return 'look';
  return body.includes('Aborted') ? 'abort' : 'close';
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
