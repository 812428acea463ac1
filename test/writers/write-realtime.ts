import type { WriterContext } from '../../src/writers/writer.js';
import { RealtimeWriter } from '../../src/writers/realtime.js';
import { makeClient, startOrg, type Handler, type Seen } from '../salesforce/test-org.js';
import { batchOf, contextOf, planOf, told, type PlanOptions, writeBatch } from './room.js';

export interface Row {
  readonly [name: string]: unknown;
}

/** The result of one record: an Id for success, or an error `CODE: message`. */
type Verdict = string;

export function result(verdict: Verdict): object {
  const [, code, message] = /^(\w+): (.*)$/.exec(verdict) ?? [];
  if (code === undefined) return { id: verdict, success: true, created: true, errors: [] };
  return { success: false, errors: [{ statusCode: code, message, fields: [] }] };
}

export function rowsOf({ body, url }: Seen): Row[] {
  if (body !== '') return (JSON.parse(body) as { records: Row[] }).records;
  const ids = new URL(url, 'http://org').searchParams.get('ids') ?? '';
  return ids.split(',').map((Id) => ({ Id }));
}

/** Answers each call with a verdict per record; undefined leaves the answer to `otherwise`. */
export function answers(verdictOf: (row: Row, count: number) => Verdict, otherwise?: Handler): Handler {
  return async (exchange) => {
    await otherwise?.(exchange);
    const { seen, reply, count } = exchange;
    if (reply.response.headersSent || exchange.socket.destroyed) return;
    reply.json(
      200,
      rowsOf(seen).map((row) => result(verdictOf(row, count))),
    );
  };
}

export const ok = (): Verdict => 'a00000000000001AAA';

/** Writes records into a scripted org, and tells what became of each. */
export async function write(
  handler: Handler,
  data: readonly (object | string)[],
  options: PlanOptions & { context?: Partial<WriterContext>; maxRetries?: number } = {},
) {
  const { context: overrides, maxRetries = 3, ...planOptions } = options;
  const org = await startOrg(handler);
  const { client, delays } = makeClient(org.url, { maxRetries });
  const plan = planOf(planOptions);
  const context = contextOf(client, overrides);
  const batch = batchOf(plan, data);
  const written = await writeBatch(new RealtimeWriter(context), batch, plan);
  return {
    org,
    plan,
    context,
    batch,
    written,
    told: told(written),
    attempts: batch.records.map((one) => one.attempts),
    clientDelays: delays,
  };
}

export const cut: Handler = ({ socket }) => {
  socket.destroy();
};

export function times(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({ Key__c: `k${i}`, Name: `n${i}` }));
}
