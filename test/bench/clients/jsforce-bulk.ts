// As a user of jsforce writes it: node jsforce-bulk.js URL FILE BATCH_SIZE JOBS_AT_ONCE
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import jsforce, { type Record as JsforceRecord } from 'jsforce';
import { KEY_FIELD } from '../dump/record.js';
import { sobjectOf } from '../topics.js';

const [url = '', file = '', batchSize = '', jobsAtOnce = ''] = process.argv.slice(2);
const connection = new jsforce.Connection({ instanceUrl: url, accessToken: '00D5e000000BENCH!bench', version: '65.0' });
const batches = new Map<string, JsforceRecord[]>();
const jobs = new Set<Promise<void>>();

for await (const line of createInterface({ input: createReadStream(file) })) {
  const { topic, data } = JSON.parse(line) as { topic: string; data: JsforceRecord };
  const batch = batches.get(topic) ?? [];
  batches.set(topic, batch);
  batch.push(data);
  if (batch.length === Number(batchSize)) {
    batches.delete(topic);
    await start(topic, batch);
  }
}
for (const [topic, batch] of batches) await start(topic, batch);
await Promise.all(jobs);

async function start(topic: string, batch: JsforceRecord[]): Promise<void> {
  if (jobs.size >= Number(jobsAtOnce)) await Promise.race(jobs);
  const job = load(sobjectOf(topic), batch).finally(() => jobs.delete(job));
  jobs.add(job);
}

async function load(object: string, input: JsforceRecord[]): Promise<void> {
  const { failedResults } = await connection.bulk2.loadAndWaitForResults({
    object,
    operation: 'upsert',
    externalIdFieldName: KEY_FIELD,
    input,
    pollInterval: 1_000,
    pollTimeout: 600_000,
  });
  for (const result of failedResults) console.error(result);
}
