import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/input/json.js';
import { Intake, type IntakeOptions } from '../../src/records/intake.js';
import { recordMembers } from '../../src/writers/realtime.js';
import { Chance } from '../model/random.js';
import { planOf, type PlanOptions } from '../writers/room.js';

const NATIVE: IntakeOptions = { envelope: 'auto', topic: undefined };

/** Of each line, the JSON that is copied out of it, which says the same as what would be written anew. */
function copied(texts: readonly string[], plan: PlanOptions = {}, options = NATIVE): (string | undefined)[] {
  const intake = new Intake(
    [planOf({ topic: 'orders', ...plan }), planOf({ topic: 'events', ...plan, operation: 'insert' })],
    options,
  );
  return texts.map((text, i) => {
    const taken = intake.take({ kind: 'text', position: { file: 'f', line: i + 1 }, text });
    if (taken.kind !== 'record' || taken.record.fields.json === undefined) return undefined;
    const { columns, values, json } = taken.record.fields;
    const anew = recordMembers({ ...taken.record, fields: { columns, values } });
    expect(members(json), text).toEqual(members(anew));
    return json;
  });
}

/** Members in order, escapes undone, digits as they are written. */
function members(json: string): unknown {
  return Object.entries(parseJson(`{${json}}`) as object);
}

const GOOD = '{"topic":"orders","data":{"Key__c":"k","Name":"x","Amount__c":1}}';

describe('a record', () => {
  test.each([
    ['as it is', GOOD],
    ['with the key alone', '{"topic":"orders","data":{"Key__c":"k"}}'],
    ['in any order', '{"topic":"orders","data":{"Amount__c":1,"Key__c":"k"}}'],
    ['after its data', '{"kind":1,"topic":"orders","data":{"Key__c":"k"}}'],
    ['with blanks', ' { "topic" : "orders" ,\t"data" : { "Key__c" : "k", "Name":"x" } } '],
    ['beside other members', '{"key":"k","partition":0,"topic":"orders","offset":7,"data":{"Key__c":"k"}}'],
    ['with escapes', '{"topic":"orders","data":{"Key__c":"k\\u0041\\"","Name":"a\\nb\\/\\u00e9"}}'],
    ['with escapes in a name', '{"topic":"orders","data":{"Key__c":"k","N\\u0061me":"x"}}'],
    ['with letters of all kinds', '{"topic":"orders","data":{"Key__c":"ключ","Name":"é👍"}}'],
    ['with many digits', '{"topic":"orders","data":{"Key__c":"k","Amount__c":-12345678901234567890.10e-2}}'],
    ['with a field that is cleared', '{"topic":"orders","data":{"Key__c":"k","Name":null}}'],
    ['with braces in its values', '{"topic":"orders","data":{"Key__c":"}k{","Name":"}}"}}'],
  ])('is copied: %s', (_name, text) => {
    expect(copied([text])).not.toContain(undefined);
  });

  test.each([
    ['a member twice', '{"topic":"orders","data":{"Key__c":"k","Name":"x","Name":"y"}}'],
    ['a member twice, with blanks', '{"topic":"orders","data":{"Key__c" : "k","Name" :"x","Name"\t:"y"}}'],
    ['a name in other letters', '{"topic":"orders","data":{"KEY__C":"k"}}'],
    ['a field that is left out', '{"topic":"orders","data":{"Key__c":"k","CreatedDate":"x"}}'],
    ['data twice', '{"topic":"orders","data":{"Key__c":"k"},"data":{"Key__c":"l"}}'],
    ['data twice, empty first', '{"topic":"orders","data":{},"data":{"Key__c":"l"}}'],
    ['data twice, once escaped', '{"topic":"orders","data":{"Key__c":"k"},"d\\u0061ta":{"Key__c":"l"}}'],
    ['data in a text before', '{"x":"\\"data\\":{","topic":"orders","d\\u0061ta":{"Key__c":"l"}}'],
    ['data in an object before', '{"x":{"data":{"Key__c":"k"}},"topic":"orders","data":{"Key__c":"l"}}'],
    ['something behind its data', '{"topic":"orders","data":{"Key__c":"k"},"ts":1}'],
    ['an object behind its data', '{"topic":"orders","data":{"Key__c":"k"},"ts":{}}'],
    ['a brace in a text behind', '{"topic":"orders","data":{"Key__c":"k"},"ts":"}"}'],
    ['an empty value', '{"topic":"orders","data":{"Key__c":"k","Name":""}}'],
    ['a number for text', '{"topic":"orders","data":{"Key__c":"k","Name":1}}'],
    ['a text that looks like a name', '{"topic":"orders","data":{"Key__c":"k","Name":"a\\":"}}'],
    ['a reference', '{"topic":"orders","data":{"Key__c":"k","Account":{"Key__c":"x"}}}'],
    ['an object for a record of Avro', '{"topic":"orders","data":{"Key__c":{"string":"k"}}}'],
    ['a tombstone', '{"topic":"orders","key":"k","data":null}'],
    ['another envelope', '{"topic":"orders","partition":0,"payload":{"Key__c":"k"}}'],
    ['data beside a payload', '{"topic":"orders","data":{"Key__c":"k"},"payload":{"Key__c":"l"}}'],
    ['data beside a payload in a text', '{"topic":"orders","data":{"Key__c":"k"},"payload":"{\\"Key__c\\":\\"l\\"}"}'],
  ])('is written anew where it has %s', (_name, text) => {
    expect(copied([text])).toEqual([undefined]);
  });

  test('is copied whole where the line is bare', () => {
    expect(copied([' {"Key__c":"k", "Name":"x"} '], {}, { envelope: 'auto', topic: 'orders' })).toEqual([
      '"Key__c":"k", "Name":"x"',
    ]);
  });

  test('is written anew in bulk, and where its fields are renamed', () => {
    expect(copied([GOOD], { mode: 'bulk' })).toEqual([undefined]);
    const [renamed] = copied([GOOD.replace('Notes__c', 'Name')], { fields: { Key__c: 'Name', Name: 'Key__c' } });
    expect(renamed).toBeUndefined();
  });

  test('is sent without a field that is refused later', () => {
    const intake = new Intake([planOf({ topic: 'orders' })], NATIVE);
    const taken = intake.take({ kind: 'text', position: { file: 'f', line: 1 }, text: GOOD });
    if (taken.kind !== 'record') throw new Error('expected a record');
    const { record } = taken;
    expect(recordMembers(record)).toBe('"Key__c":"k","Name":"x","Amount__c":1');
    record.refusedColumns = new Set(record.fields.columns.filter(({ header }) => header === 'Name'));
    expect(recordMembers(record)).toBe('"Key__c":"k","Amount__c":1');
  });
});

test('any line says the same whether it is copied or written anew', () => {
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
    count += copied(texts, plan).filter((json) => json !== undefined).length;
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
