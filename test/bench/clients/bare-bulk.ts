// The bare loop in bulk: no describe, no keys, no accounting, no retries: node bare-bulk.js URL FILE BATCH_SIZE JOBS_AT_ONCE
import { createReadStream } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { Pool } from 'undici';
import { KEY_FIELD } from '../dump/record.js';
import { sobjectOf } from '../topics.js';

type Fields = Record<string, unknown>;

const [url = '', file = '', batchSize = '', jobsAtOnce = ''] = process.argv.slice(2);
const size = Number(batchSize);
const pool = new Pool(url, { connections: Number(jobsAtOnce) });
const base = '/services/data/v65.0/jobs/ingest';
const json = { authorization: 'Bearer 00Dbench', 'content-type': 'application/json' };
const batches = new Map<string, Fields[]>();
const jobs = new Set<Promise<void>>();

let rest = '';
for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
  const lines = (rest + String(chunk)).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const { topic, data } = JSON.parse(line) as { topic: string; data: Fields };
    let batch = batches.get(topic);
    if (batch === undefined) batches.set(topic, (batch = []));
    batch.push(data);
    if (batch.length < size) continue;
    batches.delete(topic);
    await start(topic, batch);
  }
}
for (const [topic, batch] of batches) await start(topic, batch);
await Promise.all(jobs);
await pool.close();

async function start(topic: string, batch: Fields[]): Promise<void> {
  if (jobs.size >= Number(jobsAtOnce)) await Promise.race(jobs);
  const job = load(sobjectOf(topic), batch).finally(() => jobs.delete(job));
  jobs.add(job);
}

async function load(object: string, batch: Fields[]): Promise<void> {
  const columns = Object.keys(batch[0] ?? {});
  let csv = stringify([columns]);
  for (let at = 0; at < batch.length; at += 1_000) {
    csv += stringify(
      batch.slice(at, at + 1_000).map((fields) => columns.map((column) => fields[column])),
      { cast: { boolean: String } },
    );
  }
  const request = { object, operation: 'upsert', externalIdFieldName: KEY_FIELD, contentType: 'CSV', lineEnding: 'LF' };
  const { id = '' } = await call('POST', base, json, JSON.stringify(request));
  await call('PUT', `${base}/${id}/batches`, { ...json, 'content-type': 'text/csv' }, csv);
  await call('PATCH', `${base}/${id}`, json, '{"state":"UploadComplete"}');
  for (;;) {
    const { state } = await call('GET', `${base}/${id}`, json);
    if (state === 'JobComplete') return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function call(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH',
  path: string,
  headers: Record<string, string>,
  body: string | null = null,
): Promise<{ id?: string; state?: string }> {
  const reply = await pool.request({ method, path, headers, body });
  const text = await reply.body.text();
  if (reply.statusCode >= 300) throw new Error(text);
  return text === '' ? {} : (JSON.parse(text) as { id?: string; state?: string });
}
