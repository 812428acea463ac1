import type { Chance } from '../model/random.js';

/** A line of the fuzzing, and what is to become of it where that is sure. */
export interface OddLine {
  readonly bytes: Buffer;
  /** The key of a record that must arrive, and its Name as it must be in the org. */
  readonly arrives?: { readonly key: string; readonly name: string };
}

export const TOPIC = 't';
const BOM = '\uFEFF';

/** Lines of every odd kind that one can think of; every fifth or so is a good one in an odd dress. */
export function oddLine(chance: Chance, number: number): OddLine {
  const make = chance.pick(MAKERS);
  return make(chance, `K-${number}`);
}

type Maker = (chance: Chance, key: string) => OddLine;

const MAKERS: readonly Maker[] = [
  ...Array.from({ length: 8 }, () => good),
  mutated,
  mutated,
  (chance, key) => cutOff(chance, good(chance, key)),
  (chance, key) => line(`{"topic":"t","data":{"External_Id__c":"${key}","Name":${oddValue(chance, 3)}}}`),
  (chance, key) => line(`{"topic":"t","data":{"External_Id__c":"${key}","Name":"x",${oddMember(chance)}}}`),
  (chance) => line(`{"topic":"t","data":{"External_Id__c":${oddValue(chance, 2)},"Name":"x"}}`),
  (chance) => line(`{"topic":${oddValue(chance, 1)},"data":${oddValue(chance, 2)}}`),
  (chance) => line(`{"topic":"t","key":${oddValue(chance, 2)},"value":${oddValue(chance, 3)}}`),
  (chance) => line(`{"topic":"t","payload":${JSON.stringify(oddValue(chance, 3))},"tstype":"create"}`),
  (chance) => line(oddValue(chance, 4)),
  (chance) => ({ bytes: Buffer.from(Array.from({ length: chance.integer(80) }, () => anyByte(chance))) }),
  (chance, key) =>
    line(
      `{"topic":"t","data":{"External_Id__c":"${key}","Name":"x"},"error":{"code":"X","message":"m","outcome":${oddValue(chance, 1)}}}`,
    ),
];

/** A record that must arrive, however it is wrapped and spelled. */
function good(chance: Chance, key: string): OddLine {
  const name = `N ${chance.pick(TEXTS)}.`;
  const text = chance.happens(0.5) ? JSON.stringify(name) : escaped(name);
  const value = chance.happens(0.3) ? `{"string":${text}}` : text;
  const number = chance.pick(['', ',"NumberOfEmployees":12', ',"NumberOfEmployees":{"int":12}', ',"Phone":1.0']);
  const members = `"External_Id__c":"${key}",${blanks(chance)}"Name":${value}${number}`;
  const record = chance.pick([
    `{${members}}`,
    `{${members}}`,
    `{"com.acme.Account":{${members}}}`,
    `{"Ref":{${members}}}`,
  ]);
  const asText = JSON.stringify(`${chance.happens(0.2) ? BOM : ''}${record}`);
  const whole = chance.pick([
    `{"topic":"t",${blanks(chance)}"data":${record}}`,
    `{"data":${record},"topic":"t","offset":1.0}`,
    `{"topic":"t","partition":0,"offset":1,"key":"k","payload":${chance.happens(0.5) ? asText : record},"broker":1}`,
    `{"topic":"t","key":"k","value":${chance.happens(0.5) ? asText : record},"headers":[]}`,
  ]);
  return {
    ...line(`${chance.happens(0.1) ? BOM : ''}${whole}${chance.happens(0.1) ? '\r' : ''}`),
    arrives: { key, name },
  };
}

/** A good line of which some bytes are others; too few to make its key that of a line which must arrive. */
function mutated(chance: Chance, key: string): OddLine {
  const bytes = Buffer.from(good(chance, `mutated-${key}`).bytes);
  for (let count = 1 + chance.integer(3); count > 0; count--) bytes[chance.integer(bytes.length)] = anyByte(chance);
  return { bytes };
}

function cutOff(chance: Chance, { bytes }: OddLine): OddLine {
  return { bytes: bytes.subarray(0, chance.integer(bytes.length)) };
}

/** JSON text, most of it valid. */
function oddValue(chance: Chance, depth: number): string {
  if (depth > 0 && chance.happens(0.5)) {
    const inner = Array.from({ length: chance.integer(4) }, () => oddValue(chance, depth - 1));
    if (chance.happens(0.4)) return `[${inner.join()}]`;
    return `{${inner.map((value) => `${JSON.stringify(chance.pick(NAMES))}:${value}`).join()}}`;
  }
  const deep = (): string => '['.repeat(chance.integer(1_500)) + ']'.repeat(chance.integer(1_500));
  return chance.pick([
    () => chance.pick(NUMBERS),
    () => JSON.stringify(chance.pick(TEXTS)),
    () => `"${chance.pick(ESCAPES).repeat(chance.integer(300))}"`,
    () => chance.pick(['null', 'true', 'false', '""', '{}', '[]', 'nul', '', ',']),
    deep,
  ])();
}

function oddMember(chance: Chance): string {
  const name = chance.happens(0.2) ? chance.pick(TEXTS).repeat(chance.integer(50)) : chance.pick(NAMES);
  return `${JSON.stringify(name)}:${oddValue(chance, 3)}`;
}

function line(text: string): OddLine {
  // A text may hold anything but the end of its line.
  return { bytes: Buffer.from(text.replaceAll('\n', ' ')) };
}

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'));
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}

function blanks(chance: Chance): string {
  return chance.pick(['', '', ' ', '\t', '  \t ']);
}

function anyByte(chance: Chance): number {
  const byte = chance.happens(0.5) ? chance.integer(256) : chance.pick(Array.from(Buffer.from('"\\{}[],:0.e-u\u0000')));
  return byte === 0x0a ? 0x20 : byte;
}

const TEXTS = [
  'x',
  'ä',
  '日本',
  '😀',
  '\u2028',
  '\u2029',
  '\u00a0x',
  'e\u0301',
  '\u202ex',
  "'",
  '"',
  '\\',
  '</x>',
  '#N/A x',
  'a;b',
  '%s',
  '=1+1',
];
const ESCAPES = ['\\u0000', '\\u0001', '\\ud800', '\\"', '\\\\', '\\n', '\\u2028', '\\x', '\u0007', '1', 'a.'];
const NUMBERS = [
  '0',
  '-0',
  '1.0',
  '0.10',
  '1e3',
  '1e999',
  '-1e-999',
  '12345678901234567890',
  '01',
  '1.',
  '-',
  '.5',
  '1'.repeat(400),
];
const NAMES = [
  ...[
    'Name',
    'name',
    'Phone',
    'External_Id__c',
    'Id',
    'attributes',
    'Account',
    'Parent',
    'ParentId',
    'Owner',
    'RecordType',
  ],
  ...[
    'AnnualRevenue',
    'Since__c',
    'Last_Order__c',
    'Regions__c',
    'Active__c',
    'Parent.External_Id__c',
    'Na\u200bme',
    ' Name',
  ],
  ...[
    'string',
    'array',
    'com.acme.Account',
    '__proto__',
    'constructor',
    'toString',
    '',
    '.',
    'a.b.c',
    'topic',
    'data',
    'error',
  ],
];
