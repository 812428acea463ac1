// As a user of jsforce writes it: node jsforce-realtime.js URL FILE CALLS_AT_ONCE
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import jsforce, { type Record as JsforceRecord } from 'jsforce';
import { KEY_FIELD } from '../dump/record.js';
import { sobjectOf } from '../topics.js';

const [url = '', file = '', callsAtOnce = ''] = process.argv.slice(2);
const connection = new jsforce.Connection({ instanceUrl: url, accessToken: '00D5e000000BENCH!bench', version: '65.0' });
const batches = new Map<string, JsforceRecord[]>();
const calls = new Set<Promise<void>>();

for await (const line of createInterface({ input: createReadStream(file) })) {
  const { topic, data } = JSON.parse(line) as { topic: string; data: JsforceRecord };
  const batch = batches.get(topic) ?? [];
  batches.set(topic, batch);
  batch.push(data);
  if (batch.length === 200) {
    batches.delete(topic);
    await start(topic, batch);
  }
}
for (const [topic, batch] of batches) await start(topic, batch);
await Promise.all(calls);

async function start(topic: string, batch: JsforceRecord[]): Promise<void> {
  if (calls.size >= Number(callsAtOnce)) await Promise.race(calls);
  const call = write(sobjectOf(topic), batch).finally(() => calls.delete(call));
  calls.add(call);
}

async function write(type: string, batch: JsforceRecord[]): Promise<void> {
  const results = await connection.sobject(type).upsert(batch, KEY_FIELD, { allOrNone: false });
  for (const result of results) if (!result.success) console.error(result.errors);
}
