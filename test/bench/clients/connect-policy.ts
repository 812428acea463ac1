// How Redpanda Connect's sink writes in bulk at its defaults, by its published behaviour: jobs of 1,000 records, made one
// after the other while at most ten are in flight, each looked at every five seconds. One thing is better here: its batches
// of 1,000 lines are split by topic into smaller jobs. node connect-policy.js URL FILE
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import { Pool } from 'undici';
import { KEY_FIELD } from '../dump/record.js';
import { sobjectOf, TOPICS } from '../topics.js';

type Fields = Record<string, unknown>;

interface Job {
  readonly id: string;
  readonly state: string;
  readonly numberRecordsFailed: number;
}

const BATCH_SIZE = 1_000;
const JOBS_AT_ONCE = 10;
const POLL_MS = 5_000;

const [url = '', file = ''] = process.argv.slice(2);
const pool = new Pool(url, { connections: JOBS_AT_ONCE + 1 });
const base = '/services/data/v65.0';
const json = { authorization: 'Bearer 00Dbench', 'content-type': 'application/json' };
const batches = new Map<string, Fields[]>();
const jobs = new Set<Promise<void>>();

await call('POST', '/services/oauth2/token', { 'content-type': 'application/x-www-form-urlencoded' }, 'grant_type=x');
for (const { sobject } of TOPICS) await call('GET', `${base}/sobjects/${sobject}/describe`, json);
let rest = '';
for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
  const lines = (rest + String(chunk)).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const { topic, data } = JSON.parse(line) as { topic: string; data: Fields };
    let batch = batches.get(topic);
    if (batch === undefined) batches.set(topic, (batch = []));
    batch.push(data);
    if (batch.length < BATCH_SIZE) continue;
    batches.delete(topic);
    await write(sobjectOf(topic), batch);
  }
}
for (const [topic, batch] of batches) await write(sobjectOf(topic), batch);
await Promise.all(jobs);
await pool.close();

async function write(object: string, batch: Fields[]): Promise<void> {
  if (jobs.size >= JOBS_AT_ONCE) await Promise.race(jobs);
  const request = { object, operation: 'upsert', externalIdFieldName: KEY_FIELD, contentType: 'CSV', lineEnding: 'LF' };
  const { id } = (await call('POST', `${base}/jobs/ingest`, json, JSON.stringify(request))) as Job;
  const csv = stringify(batch, { header: true, cast: { boolean: String } });
  await call('PUT', `${base}/jobs/ingest/${id}/batches`, { ...json, 'content-type': 'text/csv' }, csv);
  await call('PATCH', `${base}/jobs/ingest/${id}`, json, '{"state":"UploadComplete"}');
  const job = waitFor(id).finally(() => jobs.delete(job));
  jobs.add(job);
}

async function waitFor(id: string): Promise<void> {
  for (;;) {
    await sleep(POLL_MS);
    const { state, numberRecordsFailed } = (await call('GET', `${base}/jobs/ingest/${id}`, json)) as Job;
    if (state !== 'JobComplete') continue;
    if (numberRecordsFailed > 0) await call('GET', `${base}/jobs/ingest/${id}/failedResults`, json);
    return;
  }
}

async function call(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH',
  path: string,
  headers: Record<string, string>,
  body: string | null = null,
): Promise<unknown> {
  const reply = await pool.request({ method, path, headers, body });
  const text = await reply.body.text();
  if (reply.statusCode >= 300) throw new Error(text);
  return text.startsWith('{') ? JSON.parse(text) : undefined;
}
