// The bare loop in realtime: no describe, no keys, no accounting, no retries: node bare-realtime.js URL FILE CALLS_AT_ONCE
import { createReadStream } from 'node:fs';
import { Pool } from 'undici';
import { KEY_FIELD } from '../dump/record.js';
import { sobjectOf } from '../topics.js';

type Fields = Record<string, unknown>;

const [url = '', file = '', callsAtOnce = ''] = process.argv.slice(2);
const pool = new Pool(url, { connections: Number(callsAtOnce) });
const headers = { authorization: 'Bearer 00Dbench', 'content-type': 'application/json' };
const batches = new Map<string, Fields[]>();
const calls = new Set<Promise<void>>();

let rest = '';
for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
  const lines = (rest + String(chunk)).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const { topic, data } = JSON.parse(line) as { topic: string; data: Fields };
    let batch = batches.get(topic);
    if (batch === undefined) batches.set(topic, (batch = []));
    batch.push(data);
    if (batch.length < 200) continue;
    batches.delete(topic);
    await start(topic, batch);
  }
}
for (const [topic, batch] of batches) await start(topic, batch);
await Promise.all(calls);
await pool.close();

async function start(topic: string, batch: Fields[]): Promise<void> {
  if (calls.size >= Number(callsAtOnce)) await Promise.race(calls);
  const call = write(sobjectOf(topic), batch).finally(() => calls.delete(call));
  calls.add(call);
}

async function write(type: string, batch: Fields[]): Promise<void> {
  const records = batch.map((fields) => ({ attributes: { type }, ...fields }));
  const reply = await pool.request({
    method: 'PATCH',
    path: `/services/data/v65.0/composite/sobjects/${type}/${KEY_FIELD}`,
    headers,
    body: JSON.stringify({ allOrNone: false, records }),
  });
  const results = (await reply.body.json()) as { success: boolean }[];
  const failed = results.filter(({ success }) => !success);
  if (reply.statusCode !== 200 || failed.length > 0) throw new Error(JSON.stringify(failed));
}
