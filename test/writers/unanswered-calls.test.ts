import { expect, test } from 'vitest';
import { RealtimeWriter } from '../../src/writers/realtime.js';
import { makeClient, startOrg, type Handler } from '../salesforce/test-org.js';
import { batchOf, contextOf, planOf, writeBatch } from './room.js';
import { answers, cut, ok } from './write-realtime.js';

/** Inserts one record at a time into an org that answers the calls marked `.` and cuts those marked `x`. */
async function insertInto(script: string) {
  const handler: Handler = (exchange) => (script[exchange.count - 1] === 'x' ? cut(exchange) : answers(ok)(exchange));
  const org = await startOrg(handler);
  const { client } = makeClient(org.url, { maxRetries: 3 });
  const plan = planOf({ operation: 'insert' });
  const writer = new RealtimeWriter(contextOf(client));
  const told: string[] = [];
  for (let i = 0; i < script.length; i++) {
    const { outcomes, stop } = await writeBatch(writer, batchOf(plan, [{ Name: `n${i}` }]), plan);
    told.push(`${outcomes[0]?.kind ?? 'none'}${stop === undefined ? '' : ` ${stop.code}`}`);
  }
  return told;
}

test('inserts that get no reply again and again end the run, for the org is out of reach', async () => {
  expect(await insertInto('xxxxx')).toEqual([...Array<string>(4).fill('in_doubt'), 'in_doubt ORG_UNREACHABLE']);
});

test('one reply shows that the org is there', async () => {
  expect(await insertInto('xxxx.xxxx')).toEqual([
    ...Array<string>(4).fill('in_doubt'),
    'succeeded',
    ...Array<string>(4).fill('in_doubt'),
  ]);
});
