import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/input/json.js';
import { Intake, type IntakeOptions } from '../../src/records/intake.js';
import type { Taken } from '../../src/records/taken.js';
import { recordMembers } from '../../src/writers/collection-json.js';
import { Chance } from '../model/random.js';
import { byHeader, planOf, type PlanOptions } from '../writers/room.js';

type Options = Omit<IntakeOptions, 'sparesParsing'>;

const NATIVE: Options = { envelope: 'auto', topic: undefined };

/** Takes the lines with and without parsing all of them. */
function takeTwice(texts: readonly string[], plan: PlanOptions, options: Options) {
  const plans = [planOf({ topic: 'orders', ...plan }), planOf({ topic: 'events', ...plan, operation: 'insert' })];
  const others = [planOf({ topic: 'orders', ...plan }), planOf({ topic: 'events', ...plan, operation: 'insert' })];
  const sparing = new Intake(plans, { ...options, sparesParsing: true });
  const parsing = new Intake(others, options);
  return texts.map((text, i) => {
    const line = { kind: 'text', position: { file: 'f', line: i + 1 }, text } as const;
    return { spared: sparing.take(line), parsed: parsing.take(line) };
  });
}

/** All that the run looks at, with digits as they are written. */
function whole(taken: Taken): unknown {
  if (taken.kind !== 'record') return taken;
  const { fields, mapping, ...record } = taken.record;
  const sent = `{${recordMembers(taken.record)}}`;
  return { ...taken, record: { ...record, topic: mapping.topic, sent: digits(sent), fields: byHeader(fields) } };
}

/** JSON in one spelling: members in order, escapes undone, digits as they are. */
function digits(json: string): unknown {
  const show = (value: unknown): unknown =>
    typeof value === 'object' && value !== null ? Object.entries(value).map(([name, one]) => [name, show(one)]) : value;
  return show(parseJson(json));
}

function isSpared(taken: Taken): boolean {
  return taken.kind === 'record' && taken.record.fields.json !== undefined;
}

const GOOD = '{"topic":"orders","data":{"Key__c":"k","Name":"x","Amount__c":1}}';

function spares(text: string, plan: PlanOptions = {}, options = NATIVE): boolean {
  const [last] = takeTwice([...Array.from({ length: 6 }, () => GOOD), text], plan, options).slice(-1);
  expect(whole(last!.spared)).toEqual(whole(last!.parsed));
  return isSpared(last!.spared);
}

describe('a line like those before', () => {
  test.each([
    ['the same', GOOD],
    ['with fewer members', '{"topic":"orders","data":{"Key__c":"k","Amount__c":1}}'],
    ['with the key alone', '{"topic":"orders","data":{"Key__c":"k"}}'],
    ['with blanks in its envelope', ' { "topic" : "orders" ,\t"data" : {"Key__c":"k","Name":"x"} } '],
    [
      'with other members of the envelope',
      '{"key":"k","partition":0,"topic":"orders","offset":7,"data":{"Key__c":"k"},"ts":1}',
    ],
    ['with escapes', '{"topic":"orders","data":{"Key__c":"k\\u0041\\"","Name":"a\\nb\\/\\u00e9"}}'],
    ['with letters of all kinds', '{"topic":"orders","data":{"Key__c":"ключ","Name":"é👍"}}'],
    [
      'with digits that a double does not hold',
      '{"topic":"orders","data":{"Key__c":"k","Amount__c":-12345678901234567890.10e-2}}',
    ],
    ['with a field that is cleared', '{"topic":"orders","data":{"Key__c":"k","Name":null}}'],
    ['with a lone name for an error', '{"topic":"orders","error":"none","data":{"Key__c":"k"}}'],
  ])('is not parsed: %s', (_name, text) => {
    expect(spares(text)).toBe(true);
  });

  test.each([
    ['another member', '{"topic":"orders","data":{"Key__c":"k","Notes__c":"x"}}'],
    ['another order', '{"topic":"orders","data":{"Name":"x","Key__c":"k"}}'],
    ['a member twice', '{"topic":"orders","data":{"Key__c":"k","Name":"x","Name":"y"}}'],
    ['a name in other letters', '{"topic":"orders","data":{"KEY__C":"k"}}'],
    ['data twice', '{"topic":"orders","data":{"Key__c":"k"},"data":{"Key__c":"l"}}'],
    ['data twice, once escaped', '{"topic":"orders","data":{"Key__c":"k"},"d\\u0061ta":{"Key__c":"l"}}'],
    ['the topic twice', '{"topic":"orders","topic":"events","data":{"Key__c":"k"}}'],
    ['the topic twice, around the data', '{"topic":"orders","data":{"Key__c":"k"},"topic":"events"}'],
    ['data twice, the second time null', '{"topic":"orders","data":{"Key__c":"k"},"data":null}'],
    ['the topic after the data', '{"data":{"Key__c":"k"},"topic":"orders"}'],
    ['an empty value', '{"topic":"orders","data":{"Key__c":"k","Name":""}}'],
    ['a blank key', '{"topic":"orders","data":{"Key__c":" \\t","Name":"x"}}'],
    ['no key', '{"topic":"orders","data":{"Name":"x"}}'],
    ['no member', '{"topic":"orders","data":{}}'],
    ['a number for text', '{"topic":"orders","data":{"Key__c":"k","Name":1}}'],
    ['an object', '{"topic":"orders","data":{"Key__c":"k","Name":{"a":1}}}'],
    ['a list', '{"topic":"orders","data":{"Key__c":"k","Name":["a"]}}'],
    ['half a surrogate pair', '{"topic":"orders","data":{"Key__c":"k","Name":"\\ud83d"}}'],
    ['a tombstone', '{"topic":"orders","key":"k","data":null}'],
    ['a dead letter', `${GOOD.slice(0, -1)},"error":{"code":"X","message":"m","outcome":"failed","attempts":1}}`],
    ['a control character', '{"topic":"orders","data":{"Key__c":"k","Name":"a\tb"}}'],
    ['a wrong escape', '{"topic":"orders","data":{"Key__c":"k","Name":"a\\qb"}}'],
    ['a wrong number', '{"topic":"orders","data":{"Key__c":"k","Amount__c":01}}'],
    ['a comma too many', '{"topic":"orders","data":{"Key__c":"k",}}'],
    ['a comma too few', '{"topic":"orders","data":{"Key__c":"k" "Name":"x"}}'],
    ['something behind', `${GOOD} x`],
    ['a brace too few', GOOD.slice(0, -1)],
    ['more than is read at once', `{"topic":"orders","data":{"Key__c":"k","Name":"${'x'.repeat(65_536)}"}}`],
  ])('is parsed where it has %s', (_name, text) => {
    expect(spares(text)).toBe(false);
  });

  test('an insert needs a member to be sent as it is, and an upsert by Id no blank one', () => {
    const texts = Array.from({ length: 6 }, () => GOOD.replace('orders', 'events'));
    const taken = takeTwice([...texts, '{"topic":"events","data":{}}'], {}, NATIVE);
    for (const { spared, parsed } of taken) expect(whole(spared)).toEqual(whole(parsed));
    expect(taken.map(({ spared }) => isSpared(spared))).toEqual([false, false, false, false, true, true, false]);
    const byId = Array.from({ length: 6 }, (_, i) => `{"topic":"orders","data":{"Id":"${i === 5 ? ' ' : `00${i}`}"}}`);
    const upserts = takeTwice(byId, { externalIdField: 'Id' }, NATIVE);
    for (const { spared, parsed } of upserts) expect(whole(spared)).toEqual(whole(parsed));
    expect(upserts.map(({ spared }) => isSpared(spared)).slice(4)).toEqual([true, false]);
  });

  test('one line in another order does not decide for all', () => {
    const other = '{"topic":"orders","data":{"Amount__c":1,"Name":"x","Key__c":"k"}}';
    const taken = takeTwice([other, ...Array.from({ length: 12 }, () => GOOD)], {}, NATIVE);
    expect(taken.map(({ spared }) => isSpared(spared)).lastIndexOf(false)).toBe(11);
  });

  test('without describe, any value but an object is sent as it is', () => {
    const text = '{"topic":"orders","data":{"Key__c":1.50,"Name":true,"Amount__c":null}}';
    expect(spares(text, { policy: 'send', externalIdField: 'Key__c' })).toBe(true);
    expect(spares(text)).toBe(false);
  });

  test('rows of bulk jobs, folded records and lines of other envelopes are parsed', () => {
    expect(spares(GOOD, { mode: 'bulk' })).toBe(false);
    expect(spares(GOOD, { compact: true })).toBe(false);
    expect(spares(GOOD, {}, { envelope: 'kcat', topic: undefined })).toBe(false);
  });

  test('blanks within the record are found out, at the beginning and later', () => {
    const SPACED = '{"topic":"orders","data":{ "Key__c" : "k", "Name" :"x" , "Amount__c":\t1 } }';
    for (const [first, last] of [
      [SPACED, GOOD],
      [GOOD, SPACED],
    ] as const) {
      const texts = [...Array.from({ length: 6 }, () => first), ...Array.from({ length: 9 }, () => last)];
      const taken = takeTwice(texts, {}, NATIVE);
      for (const { spared, parsed } of taken) expect(whole(spared)).toEqual(whole(parsed));
      const areSpared = taken.map(({ spared }) => isSpared(spared));
      expect(areSpared.slice(0, 6)).toEqual([false, false, false, false, true, true]);
      expect(areSpared.slice(-1)).toEqual([true]);
      expect(areSpared.slice(6, -1)).toEqual(areSpared.slice(6, -1).map(() => first === SPACED));
    }
  });

  test('an order that turns out to be the exception is unlearnt', () => {
    const turned = '{"topic":"orders","data":{"Amount__c":1,"Name":"x","Key__c":"k"}}';
    const texts = [...Array.from({ length: 5 }, () => GOOD), ...Array.from({ length: 30 }, () => turned)];
    const taken = takeTwice(texts, {}, NATIVE);
    for (const { spared, parsed } of taken) expect(whole(spared)).toEqual(whole(parsed));
    expect(isSpared(taken[4]!.spared)).toBe(true);
    expect(isSpared(taken[5]!.spared)).toBe(false);
    expect(isSpared(taken.at(-1)!.spared)).toBe(true);
  });

  test('bare records are like one another, too', () => {
    const texts = Array.from({ length: 6 }, (_, i) => ` {"Key__c":"k${i}", "Name":"x"} `);
    const taken = takeTwice(texts, {}, { envelope: 'auto', topic: 'orders' });
    for (const { spared, parsed } of taken) expect(whole(spared)).toEqual(whole(parsed));
    expect(taken.map(({ spared }) => isSpared(spared))).toEqual([false, false, false, false, true, true]);
  });

  test('a field that is refused later is left out all the same', () => {
    const { spared } = takeTwice(
      Array.from({ length: 6 }, () => GOOD),
      {},
      NATIVE,
    ).at(-1)!;
    if (spared.kind !== 'record') throw new Error('expected a record');
    const { record } = spared;
    expect(record.fields.json).toBe('"Key__c":"k","Name":"x","Amount__c":1');
    expect(recordMembers(record)).toBe('"Key__c":"k","Name":"x","Amount__c":1');
    const name = record.fields.columns.find(({ header }) => header === 'Name')!;
    record.leftOut = new Set([name]);
    expect(recordMembers(record)).toBe('"Key__c":"k","Amount__c":1');
  });

  test('members that come late are learnt, however many there are', () => {
    const names = Array.from({ length: 130 }, (_, i) => `F${i}__c`);
    const textOf = (count: number): string =>
      JSON.stringify({
        topic: 'orders',
        data: Object.fromEntries(['Key__c', ...names.slice(0, count)].map((name) => [name, 'x'])),
      });
    const texts = [
      ...Array.from({ length: 5 }, () => textOf(3)),
      ...Array.from({ length: 9 }, () => textOf(130)),
      textOf(3),
    ];
    const taken = takeTwice(texts, { policy: 'send', externalIdField: 'Key__c' }, NATIVE);
    for (const { spared, parsed } of taken) expect(whole(spared)).toEqual(whole(parsed));
    expect(taken.map(({ spared }) => isSpared(spared)).lastIndexOf(false)).toBe(12);
  });
});

test('any line is taken as if it were parsed', () => {
  let count = 0;
  for (let seed = 0; seed < 40; seed++) {
    const chance = new Chance(seed);
    const plan: PlanOptions = chance.pick([
      {},
      { policy: 'send', externalIdField: 'Key__c' },
      { policy: 'fail' },
      { externalIdField: 'Number_Key__c' },
      { externalIdField: 'Id' },
    ]);
    const texts = Array.from({ length: 400 }, () => damaged(lineOf(plan.externalIdField ?? 'Key__c', chance), chance));
    const shard = chance.pick([
      { index: 1, count: 1 },
      { index: 2, count: 3 },
    ]);
    for (const [i, { spared, parsed }] of takeTwice(texts, plan, { ...NATIVE, shard }).entries()) {
      expect(whole(spared), `seed ${seed}: ${texts[i]}`).toEqual(whole(parsed));
      if (isSpared(spared)) count++;
    }
  }
  expect(count).toBeGreaterThan(3_000);
});

const NAMES = ['Id', 'Key__c', 'Number_Key__c', 'Name', 'Notes__c', 'Amount__c', 'Paid__c', 'AccountId'];
const RARE_NAMES = ['name', 'Unknown__c', 'attributes', 'Account', '__proto__', 'error'];
const TEXTS = ['"x"', '"a,b"', '"\\u00e9"', '"\\\\"', '"0015500001QdQWa"', '"k1"', '"K1 "', '"é"', '"👍"', '"12"'];
const NUMBERS = ['1', '0', '-1.5', '1.0', '1e3', '12345678901234567890', '0.10'];
const RARE = [
  '""',
  '" "',
  'null',
  'true',
  '[]',
  '["a","b"]',
  '{}',
  '{"Key__c":"x"}',
  '"\\ud800"',
  '"#N/A"',
  '1',
  '"x"',
];

function lineOf(key: string, chance: Chance): string {
  const names = NAMES.filter((name) => chance.happens(name === key || name === 'Name' ? 0.98 : 0.3));
  if (chance.happens(0.05)) names.splice(chance.integer(names.length + 1), 0, chance.pick([...RARE_NAMES, ...NAMES]));
  if (chance.happens(0.03)) names.reverse();
  const blank = chance.happens(0.2) ? ' ' : '';
  const members = names.map((name) => `${blank}"${name}":${blank}${valueOf(name, chance)}`).join(',');
  const topic = chance.pick(['orders', 'orders', 'events', 'others']);
  const aside = chance.happens(0.2) ? `"offset":${chance.integer(99)},"key":"k",` : '';
  return `{${aside}"topic":"${topic}",${blank}"data":{${members}}}`;
}

function valueOf(name: string, chance: Chance): string {
  if (chance.happens(0.03)) return chance.pick(RARE);
  if (name === 'Amount__c' || name === 'Number_Key__c') return chance.pick(NUMBERS);
  return name === 'Paid__c' ? chance.pick(['true', 'false']) : chance.pick(TEXTS);
}

/** Now and then one character is taken out, put in, or made another. */
function damaged(text: string, chance: Chance): string {
  if (!chance.happens(0.15)) return text;
  const at = chance.integer(text.length);
  const put = chance.happens(0.7) ? chance.pick('{}[]",:\\ \t0-+.eEtfnu\u0001'.split('')) : '';
  return text.slice(0, at) + put + text.slice(at + chance.integer(2));
}
