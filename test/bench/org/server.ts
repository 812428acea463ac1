import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Clock } from './clock.js';
import {
  describeDocument,
  LIMITS_DOCUMENT,
  NO_RECORDS_DOCUMENT,
  successes,
  tokenDocument,
  USER_DOCUMENT,
  USER_INFO_DOCUMENT,
  VERSIONS_DOCUMENT,
} from './documents.js';
import { Job } from './job.js';
import { CALL_KINDS, type CallKind, type OrgOptions, type OrgReport } from './options.js';
import { BulkWork, Places } from './work.js';

/** How a record begins in a collections call, from whichever client. */
const RECORD_MARK = '"attributes"';
const INGEST = '/jobs/ingest';

interface Answer {
  readonly kind: CallKind;
  readonly status?: number;
  readonly body?: string | Buffer;
  readonly type?: string;
}

/**
 * An org that believes everything, counts what it gets and takes exactly the time it is told to. It speaks as much of the
 * API as the measured clients use.
 */
export class ModelOrg {
  readonly #server: Server;
  readonly #clock = new Clock();
  readonly #jobs = new Map<string, Job>();
  readonly #realtime: Places;
  readonly #bulk: BulkWork;
  #calls = noCalls();
  #records = 0;
  #madeJobs = 0;
  #jobMs: number[] = [];
  #cpu = process.cpuUsage();
  #url = '';

  constructor(private readonly options: OrgOptions) {
    this.#realtime = new Places(options.realtimeAtOnce ?? Number.POSITIVE_INFINITY, this.#clock);
    this.#bulk = new BulkWork(options.bulk, this.#clock);
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
      this.#exchange(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the org has no port');
    this.#url = `http://127.0.0.1:${address.port}`;
    return this.#url;
  }

  /** What came since the last report. */
  report(): OrgReport {
    const { user, system } = process.cpuUsage(this.#cpu);
    const lateness = this.#clock.takeLateness();
    const cpuSeconds = (user + system) / 1e6;
    const report = { calls: this.#calls, records: this.#records, jobMs: this.#jobMs, cpuSeconds, lateness };
    this.#calls = noCalls();
    this.#records = 0;
    this.#madeJobs = 0;
    this.#jobMs = [];
    this.#jobs.clear();
    this.#cpu = process.cpuUsage();
    return report;
  }

  async #exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const path = url.split('?', 1)[0] ?? '';
    const answer = await (path.includes(INGEST) ? this.#ingest(incoming, method, path) : this.#other(incoming, path));
    this.#calls[answer.kind]++;
    if (answer.kind === 'other' && process.env.BENCH_DEBUG !== undefined) console.error(method, url);
    const body = answer.body ?? '';
    outgoing.writeHead(answer.status ?? 200, {
      'content-type': answer.type ?? 'application/json;charset=UTF-8',
      'content-length': Buffer.byteLength(body),
    });
    outgoing.end(body);
  }

  async #other(incoming: IncomingMessage, path: string): Promise<Answer> {
    const body = await bodyOf(incoming);
    await this.#latency();
    if (path.includes('/composite/sobjects/')) {
      const records = countMarks(body);
      const { recordMs = 0 } = this.options;
      if (recordMs > 0) await this.#realtime.work(recordMs * records);
      this.#records += records;
      return { kind: 'collection', body: successes(records) };
    }
    if (path.endsWith('/services/oauth2/token')) return { kind: 'token', body: tokenDocument(this.#url) };
    if (path.endsWith('/limits')) return { kind: 'limits', body: LIMITS_DOCUMENT };
    const described = /\/sobjects\/([^/]+)\/describe$/.exec(path)?.[1];
    if (described !== undefined) return { kind: 'describe', body: describeDocument(described) };
    if (path.endsWith('/services/oauth2/userinfo')) return { kind: 'other', body: USER_INFO_DOCUMENT };
    if (path.includes('/sobjects/User/')) return { kind: 'other', body: USER_DOCUMENT };
    if (path.endsWith('/services/data') || path.endsWith('/services/data/')) {
      return { kind: 'other', body: VERSIONS_DOCUMENT };
    }
    if (path.endsWith('/query') || path.endsWith('/query/')) return { kind: 'other', body: NO_RECORDS_DOCUMENT };
    return { kind: 'other', status: 404, body: '[{"errorCode":"NOT_FOUND","message":"not in this model"}]' };
  }

  async #ingest(incoming: IncomingMessage, method: string, path: string): Promise<Answer> {
    const [id = '', file] = path.slice(path.indexOf(INGEST) + INGEST.length + 1).split('/');
    const job = this.#jobs.get(id);
    if (job !== undefined && method === 'PUT') {
      for await (const piece of incoming) job.take(piece as Buffer);
      job.endUpload();
      await this.#latency();
      return { kind: 'upload', status: 201 };
    }
    const body = await bodyOf(incoming);
    await this.#latency();
    if (id === '' && method === 'POST') return { kind: 'job', body: this.#create(body).document() };
    if (job === undefined)
      return { kind: 'other', status: 404, body: '[{"errorCode":"NOT_FOUND","message":"no job"}]' };
    if (method === 'PATCH') {
      this.#records += job.rows;
      void this.#process(job);
      return { kind: 'close', body: job.document() };
    }
    if (file === undefined) return { kind: 'look', body: job.document() };
    return { kind: 'results', type: 'text/csv', body: job.results(file) };
  }

  async #process(job: Job): Promise<void> {
    const closedAt = performance.now();
    await this.#bulk.process(job);
    this.#jobMs.push(performance.now() - closedAt);
  }

  #create(body: Buffer): Job {
    const id = `750${String(++this.#madeJobs).padStart(12, '0')}AAA`;
    const { failingJobs } = this.options;
    const fails = failingJobs !== undefined && this.#madeJobs % failingJobs === 0;
    const job = new Job(id, JSON.parse(body.toString()) as Record<string, unknown>, fails ? 1 : 0);
    this.#jobs.set(id, job);
    return job;
  }

  async #latency(): Promise<void> {
    const { latencyMs = 0 } = this.options;
    if (latencyMs > 0) await this.#clock.wait(latencyMs);
  }
}

function noCalls(): Record<CallKind, number> {
  return Object.fromEntries(CALL_KINDS.map((kind) => [kind, 0])) as Record<CallKind, number>;
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

function countMarks(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(RECORD_MARK); at !== -1; at = body.indexOf(RECORD_MARK, at + RECORD_MARK.length)) count++;
  return count;
}
