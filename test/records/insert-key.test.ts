import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deadLetterText, withDiff } from '../../src/input/own-lines.js';
import type { Envelope, Shard } from '../../src/core/settings.js';
import { InsertKeys, Occurrences } from '../../src/records/insert-key.js';
import { Intake } from '../../src/records/intake.js';
import type { TopicMapping } from '../../src/core/record.js';
import { field, order, planOf } from '../writers/room.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
const described = {
  ...order,
  fields: [...order.fields, field('Line__c', 'string', { externalId: true, unique: true, length: 80 })],
};
const KEYED = { operation: 'insert', insertKey: 'line__c', describe: described } as const;

interface Setting {
  readonly envelope?: Envelope;
  readonly topic?: string;
  readonly shard?: Shard;
  readonly mapping?: Partial<TopicMapping>;
}

/** The value of each line, undefined for those of other shards. */
function valuesOf(texts: readonly string[], { envelope = 'auto', topic, shard, mapping }: Setting = {}): unknown[] {
  const intake = new Intake([planOf({ ...KEYED, ...mapping })], { envelope, topic, ...(shard && { shard }) });
  return texts.map((text, i) => {
    const taken = intake.take({ kind: 'text', position: { file: 'f', line: i + 1 }, text });
    if (taken.kind === 'record') {
      const { columns, values } = taken.record.fields;
      expect(values[columns.findIndex(({ field }) => field === 'Line__c')]).toBe(taken.record.insertKey);
      return taken.record.insertKey;
    }
    return taken.kind === 'rejected' ? taken.insertKey : undefined;
  });
}

const RECORD = '{"Name": "Zoë \\u00e9", "Amount__c":1.50}';
const HASH = sha256(`t\n${RECORD}`);
const AS_TEXT = JSON.stringify(RECORD);

describe('the hash of a line', () => {
  it.each<[string, string, Setting]>([
    ['native', `{"topic":"t","data":${RECORD}}`, {}],
    ['native with blanks around it, and members beside it', `{ "data" : ${RECORD} , "topic":"t","key":"k" } `, {}],
    ['native with other metadata', `{"topic":"t","timestamp":17,"offset":4,"data":${RECORD}}`, {}],
    [
      'of two members of a name the last, as it is read',
      `{"topic":"t","data":{"Name":"x"},"d\\u0061ta":${RECORD}}`,
      {},
    ],
    ['kcat, text', `{"topic":"t","tstype":"create","key":null,"payload":${AS_TEXT}}`, {}],
    ['kcat, text with blanks around it', `{"topic":"t","payload":${JSON.stringify(`\uFEFF ${RECORD}\n`)}}`, {}],
    ['kcat, an object', `{"topic":"t","payload":${RECORD},"broker":1}`, {}],
    ['rpk, text', `{"topic":"t","value":${AS_TEXT},"partition":0}`, { envelope: 'rpk' }],
    ['rpk, an object', `{"topic":"t","value":${RECORD}}`, { envelope: 'rpk' }],
    ['bare', `  ${RECORD} `, { topic: 't' }],
    ['of a failures file that knows no value', failed(`{"topic":"t","data":${RECORD}}`), {}],
    ['bare, of a failures file', failed(RECORD), { topic: 't' }],
    ['that diff wrote without a value', withDiff(`{"topic":"t","data":${RECORD}}`, 'create'), {}],
  ])('is that of topic and record text: %s', (_, line, setting) => {
    expect(valuesOf([line], setting)).toEqual([HASH]);
  });

  it('counts equal records, whatever they stand in', () => {
    const [first, second, third, other] = valuesOf([
      `{"topic":"t","data":${RECORD}}`,
      `{"topic":"t","payload":${AS_TEXT},"key":"1"}`,
      `{"topic":"t","value":${RECORD},"key":"2"}`,
      `{"topic":"t","data":{"Name":"other"}}`,
    ]);
    expect([first, second, third]).toEqual([HASH, sha256(`${HASH}\n1`), sha256(`${HASH}\n2`)]);
    expect(other).toBe(sha256('t\n{"Name":"other"}'));
  });

  it('is another for another topic', () => {
    expect(valuesOf([RECORD], { topic: 'u', mapping: { topic: 'u' } })).toEqual([sha256(`u\n${RECORD}`)]);
  });

  it('is that of the record as it stands in the line, whatever fields make of it', () => {
    const line = `{"topic":"t","data":{"n":"x","rest":[1]}}`;
    const mapping = { fields: { Name: 'n' } };
    expect(valuesOf([line], { mapping })).toEqual([sha256('t\n{"n":"x","rest":[1]}')]);
    expect(valuesOf([line], { mapping: { fields: { Name: 'n', Line__c: 'rest.0' } } })).toEqual(['1']);
  });
});

it('takes the own value of a line, then that of an earlier run, then the place in Kafka', () => {
  const place = '"partition":3,"offset":9007199254740993';
  const kafka = (data: string): string => `{"topic":"t",${place},"data":${data}}`;
  expect(
    valuesOf([
      kafka('{"Name":"a","LINE__C":" own "}'),
      failed(kafka('{"Name":"a","Line__c":"own"}'), 'earlier'),
      failed(kafka('{"Name":"a"}'), 'earlier'),
      withDiff(kafka('{"Name":"a"}'), 'create', 'earlier'),
      kafka('{"Name":"a"}'),
      kafka('{"Name":"a","Line__c":null}'),
      `{"topic":"t","partition":3,"offset":"7","data":{"Name":"a"}}`,
      `{"topic":"t","partition":3,"offset":-1,"data":{"Name":"a"}}`,
      kafka(`{"Name":"a","Line__c":"${'x'.repeat(81)}"}`),
    ]),
  ).toEqual([
    ...['own', 'own', 'earlier', 'earlier', 't/3/9007199254740993', 't/3/9007199254740993', 't/3/7'],
    sha256('t\n{"Name":"a"}'),
    sha256('x'.repeat(81)),
  ]);
});

it('is a value also of a line that cannot be sent, and none of one whose own value is no text', () => {
  expect(valuesOf(['{"topic":"t","data":{}}', '{"topic":"t","data":{"Line__c":{"a":1}}}'])).toEqual([
    sha256('t\n{}'),
    undefined,
  ]);
});

it('gives the lines of each shard what they have in one run, each line to one shard', () => {
  const lines = Array.from({ length: 200 }, (_, i) => {
    const data = JSON.stringify({ Name: `name ${i % 40}` });
    if (i % 3 === 0) return `{"topic":"t","data":${data}}`;
    return i % 3 === 1 ? `{"topic":"t","payload":${data},"key":"${i}"}` : `{"topic":"t","value":${data}}`;
  });
  const whole = valuesOf(lines);
  expect(new Set(whole).size).toBe(200);
  const shards = [1, 2, 3].map((index) => valuesOf(lines, { shard: { index, count: 3 } }));
  for (const [i, value] of whole.entries()) {
    expect(shards.map((values) => values[i]).filter((one) => one !== undefined)).toEqual([value]);
  }
});

it('has none without insert_key', () => {
  expect(InsertKeys.of(planOf({ operation: 'insert' }))).toBeUndefined();
  expect(InsertKeys.of(planOf(KEYED))).toBeDefined();
});

it('counts how often each of many hashes came', () => {
  const occurrences = new Occurrences();
  const hashes = Array.from({ length: 50_000 }, (_, i) => createHash('sha256').update(String(i)).digest());
  for (let round = 0; round < 3; round++) {
    expect(hashes.every((hash) => occurrences.next(hash) === round)).toBe(true);
  }
  // All of them belong to one place.
  const crowded = Array.from({ length: 500 }, (_, i) => Buffer.from([0, 0, i >> 8, i & 255, 0, 0, 0, 0]));
  const crowd = new Occurrences();
  for (let round = 0; round < 2; round++) {
    expect(crowded.every((hash) => crowd.next(hash) === round)).toBe(true);
  }
});

function failed(text: string, insertKey?: string): string {
  const error = { code: 'X', message: 'x' };
  return deadLetterText({ text, position: { file: 'f', line: 1 }, error, outcome: 'failed', attempts: 1, insertKey });
}
