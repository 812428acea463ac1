import type { Chance } from './random.js';
import { RULES, type FieldRule } from './rules.js';

/** One topic of a dump: its mapping, and where its keys come from. */
export interface GeneratedTopic {
  readonly topic: string;
  readonly sobject: string;
  readonly operation: 'insert' | 'update' | 'upsert' | 'delete';
  readonly external_id_field: string;
  readonly mode: 'realtime' | 'bulk';
  readonly all_or_none: boolean;
  /** Keys of records, some of which exist; none for inserts. */
  readonly keys: readonly string[];
  readonly fields?: Readonly<Record<string, string>>;
  readonly insert_key?: string;
}

export interface GeneratedDump {
  readonly topics: readonly GeneratedTopic[];
  /** As the file holds them, some blank. */
  readonly lines: readonly string[];
}

/** What exists before the run and may be referred to. */
export interface Population {
  readonly parentKeys: readonly string[];
  readonly parentIds: readonly string[];
  /** External ids that polymorphic references may name, by sObject. */
  readonly keysOf: Readonly<Record<string, readonly string[]>>;
  /** Account Ids for an update topic, a delete topic and an upsert by Id: three lists without a common member. */
  readonly idsToUpdate: readonly string[];
  readonly idsToDelete: readonly string[];
  readonly idsToUpsert: readonly string[];
}

/** A member of a record, as it is written: texts of JSON, so that digits stay. */
type Members = [name: string, json: string][];

/** Of the topic `trees`: each key's parent. Two of them are a ring, one has a parent that is nowhere, and one differs from another by a blank. */
export const TREE_PARENTS: Readonly<Record<string, string | undefined>> = {
  'w-0': undefined,
  'w-1': 'w-0',
  'w-2': 'w-1',
  'w-3': 'w-2',
  'w-4': 'w-3',
  'w-3\u00a0': 'w-2',
  'w-5': 'w-6',
  'w-6': 'w-5',
  'w-7': 'nobody',
};

const UNKNOWN_FIELDS = ['Nope__c', 'CreatedDate', 'IsDeleted', 'SystemModstamp', '_meta'];
const TEXTS = [
  'plain',
  'Ünïcödé 日本 😀',
  'say "hi", then leave',
  "it's; a | b\tc",
  '  padded  ',
  '\u00a0kept\u3000',
  '=1+1',
  'a,b,,c',
  '\u2028sep\u00a0arated',
  '"',
  'true',
  '0010',
];
const LONG_TEXTS = [...TEXTS, 'line one\nline two', 'dos\r\nends\r\nhere', '{"json":[1,2]}', 'x'.repeat(300)];
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  Balance__c: ['0.10', '0', '-1.50', '12345678901234.56', '7', '"12.50"', '1e3'],
  Exact_Number__c: ['12345678901234567890', '0.100000000000000000', '-0.000000000000000001', '9007199254740993'],
  Score__c: ['1.25', '-99', '0.50'],
  AnnualRevenue: ['1200000', '123456789012345678', '0'],
  Amount__c: ['0.10', '99999999999999.99', '-5'],
  Quantity__c: ['1.5000', '12345678.1234', '0'],
};

/** A dump of about `size` lines: several topics, every operation, both modes, and everything that is odd. */
export function generateDump(chance: Chance, population: Population, size: number): GeneratedDump {
  const topics = chooseTopics(chance, population);
  const lines: string[] = [];
  while (lines.length < size) {
    if (chance.happens(0.05)) lines.push(strayLine(chance));
    else lines.push(recordLine(chance, population, chance.pick(topics), lines.length + 1));
  }
  return { topics, lines };
}

function chooseTopics(chance: Chance, population: Population): GeneratedTopic[] {
  const topic = (
    name: string,
    sobject: string,
    operation: GeneratedTopic['operation'],
    keys: readonly string[] = [],
    externalIdField = '',
  ): GeneratedTopic => ({
    topic: name,
    sobject,
    operation,
    external_id_field: externalIdField,
    mode: chance.pick(['realtime', 'bulk'] as const),
    all_or_none: false,
    keys,
  });
  const keys = (prefix: string): string[] => Array.from({ length: 2 + chance.integer(8) }, (_, i) => `${prefix}-${i}`);
  const all = [
    topic('accounts', 'Account', 'upsert', [...keys('a'), 'é-1'], 'External_Id__c'),
    topic('trees', 'Account', 'upsert', Object.keys(TREE_PARENTS), 'External_Id__c'),
    topic('legacy', 'Account', 'upsert', [...keys('l'), 'L-0', 'L-1'], 'Legacy_Code__c'),
    topic('segments', 'Account', 'upsert', [...keys('s'), 'S-0', 's-0\u3000'], 'segment_code__c'),
    topic('numbered', 'Account', 'upsert', ['1', '1.0', '"1"', '2', '1e1', '10', '17'], 'Customer_Number__c'),
    topic('by-id', 'Account', 'upsert', population.idsToUpsert, 'Id'),
    topic('updates', 'account', 'update', population.idsToUpdate),
    topic('deletes', 'Account', 'delete', population.idsToDelete),
    topic('leads', 'Lead', 'insert'),
    topic('contacts', 'Contact', 'upsert', keys('c'), 'External_Id__c'),
    topic('invoices', 'Invoice__c', 'upsert', keys('i'), 'External_Id__c'),
    { ...topic('together', 'Lead', 'insert'), mode: 'realtime' as const, all_or_none: true },
    topic('tasks', 'Task', 'insert'),
    topic('kept-tasks', 'Task', 'upsert', keys('t'), 'External_Id__c'),
    topic('plain-accounts', 'Account', 'insert'),
  ];
  const count = 2 + chance.integer(8);
  while (all.length > count) all.splice(chance.integer(all.length), 1);
  return all;
}

/** A line that is no record of a mapped topic. */
function strayLine(chance: Chance): string {
  return chance.pick([
    '',
    '   ',
    '{"topic":"accounts"',
    '[1,2]',
    'null',
    '{"data":{"Name":"no topic"}}',
    '{"topic":"unmapped","data":{"Name":"x"}}',
    '{"topic":"unmapped","data":{}}',
    '{"topic":"accounts","data":"text"}',
    '{"topic":12,"data":{}}',
    '{"topic":"leads","data":[]}',
    '{"topic":"accounts","payload":"no json"}',
    '{"topic":"accounts","key":"k","data":null}',
    '{"topic":"leads","key":"k","payload":null}',
  ]);
}

function recordLine(chance: Chance, population: Population, topic: GeneratedTopic, line: number): string {
  const data = recordText(chance, population, topic, line);
  const { topic: name } = topic;
  switch (chance.integer(6)) {
    case 0:
      return `{"topic":"${name}","partition":0,"offset":${line},"tstype":"create","ts":1,"broker":1,"headers":[],"key":"k","payload":${JSON.stringify(data)}}`;
    case 1:
      return `{"topic":"${name}","key":"k","payload":${data}}`;
    case 2:
      return `{"topic":"${name}","key":"k","value":${JSON.stringify(data)},"timestamp":1,"partition":0,"offset":${line}}`;
    case 3:
      return `  { "data" : ${data} , "topic" : "${name}", "offset": 12345678901234567890 } `;
    default:
      return `{"topic":"${name}","data":${data}}`;
  }
}

function recordText(chance: Chance, population: Population, topic: GeneratedTopic, line: number): string {
  const members: Members = [];
  const key = keyMember(chance, topic);
  if (key !== undefined) members.push(key);
  const { marker, fields } = RULES[topic.sobject === 'account' ? 'Account' : topic.sobject]!;
  // Twins: inserts that are alike in every value.
  const isTwin = topic.operation === 'insert' && chance.happens(0.2);
  if (isTwin) {
    for (const [name, rule] of Object.entries(fields)) if (rule.required) members.push([name, '"twin"']);
    if (members.length === 0) members.push(['Subject', '"twin"']);
    else if (chance.happens(0.1)) members.pop();
    return objectText(members);
  }
  members.push([marker, JSON.stringify(`L${line}`)]);
  const keyName = topic.external_id_field.toLowerCase();
  const parent = topic.topic === 'trees' && key !== undefined ? treeParent(key[1]) : undefined;
  if (parent !== undefined) members.push(['Parent', JSON.stringify({ External_Id__c: parent })]);
  for (const [name, rule] of Object.entries(fields)) {
    if (name === marker || name.toLowerCase() === keyName || rule.match !== undefined) continue;
    if (topic.topic === 'trees' && rule.kind === 'reference') continue;
    if (!chance.happens(rule.required ? 0.9 : 0.25)) continue;
    members.push(fieldMember(chance, population, name, rule));
  }
  if (chance.happens(0.15)) members.push([chance.pick(UNKNOWN_FIELDS), chance.pick(['1', 'null', '"x"', '{"a":1}'])]);
  if (chance.happens(0.1)) members.push(['attributes', '{"type":"Other","url":"/x"}']);
  if (chance.happens(0.12)) spoil(chance, members, fields, marker);
  return objectText(chance.happens(0.3) ? members.reverse() : members);
}

function treeParent(key: string): string | undefined {
  const text = (JSON.parse(key) as string | null)?.replace(/^ +| +$/g, '').toLowerCase();
  return text === undefined ? undefined : TREE_PARENTS[text];
}

function objectText(members: Members): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

/** Spelled in many ways, sometimes missing. */
function keyMember(chance: Chance, topic: GeneratedTopic): Members[number] | undefined {
  if (topic.operation === 'insert') return undefined;
  const name = topic.operation === 'upsert' ? topic.external_id_field : 'Id';
  const spelled = chance.happens(0.1) ? name.toLowerCase() : name;
  if (chance.happens(0.04)) return chance.happens(0.5) ? undefined : [spelled, chance.pick(['null', '""', '"  "'])];
  const key = chance.pick(topic.keys);
  if (topic.topic === 'numbered') return [spelled, key];
  if (name === 'Id') {
    if (chance.happens(0.03)) return [spelled, chance.pick(['"001000000000000AAA"', '"001000000000000"', '"no-id"'])];
    return [spelled, JSON.stringify(chance.happens(0.4) ? key.slice(0, 15) : key)];
  }
  const variant = chance.integer(6);
  if (variant === 0 && topic.external_id_field === 'External_Id__c')
    return [spelled, JSON.stringify(key.toUpperCase())];
  return [spelled, JSON.stringify(variant === 1 ? ` ${key} ` : key)];
}

function fieldMember(chance: Chance, population: Population, name: string, rule: FieldRule): Members[number] {
  const spelled = chance.happens(0.05) ? name.toUpperCase() : name;
  const mayBeCleared = !rule.required || chance.happens(0.05);
  if (rule.kind !== 'boolean' && mayBeCleared && chance.happens(0.15)) return [spelled, chance.pick(['null', '""'])];
  switch (rule.kind) {
    case 'text': {
      if (chance.happens(0.1)) return [spelled, chance.pick(['12345678901234567890', '0.10', 'true', '-7', '1.0E+2'])];
      const texts = (rule.maxLength ?? 0) > 1000 ? LONG_TEXTS : TEXTS;
      return [spelled, JSON.stringify(chance.pick(texts))];
    }
    case 'number':
      return [spelled, chance.pick(NUMBERS[name]!)];
    case 'integer':
      return [spelled, chance.pick(['0', '12', '99999999', '"42"', '-3'])];
    case 'boolean':
      return [spelled, chance.pick(['true', 'false'])];
    case 'date':
      return [spelled, chance.pick(['"2025-12-31"', '"1999-01-01"'])];
    case 'datetime':
      return [
        spelled,
        chance.pick(['"2025-12-31T23:59:59Z"', '"2025-12-31T23:59:59.000+0000"', '"2024-02-29T01:30:00+02:00"']),
      ];
    case 'picklist':
      return [spelled, JSON.stringify(chance.pick(rule.values ?? ['Other', 'whatever, really']))];
    case 'list':
      return [spelled, chance.pick(listTexts(rule.values!))];
    case 'email':
      return [spelled, chance.pick(['"a@example.com"', '"x.y+z@example.org"'])];
    case 'reference':
      return referenceMember(chance, population, spelled, rule);
  }
}

function listTexts(values: readonly string[]): string[] {
  return [
    JSON.stringify(values.slice(0, 2)),
    JSON.stringify([values[2]]),
    JSON.stringify(values.slice(0, 3).join(';')),
  ];
}

function referenceMember(chance: Chance, population: Population, name: string, rule: FieldRule): Members[number] {
  if (rule.among !== undefined) {
    const type = chance.pick(rule.among);
    const known = chance.pick(population.keysOf[type]!);
    const reference = { attributes: { type }, External_Id__c: chance.happens(0.1) ? 'nobody' : known };
    return [rule.to!.relationship, JSON.stringify(reference)];
  }
  const ordinal = chance.integer(population.parentIds.length);
  if (chance.happens(0.3)) {
    const id = population.parentIds[ordinal]!;
    return [name, JSON.stringify(chance.happens(0.5) ? id.slice(0, 15) : id)];
  }
  const key = chance.happens(0.12) ? 'nobody' : population.parentKeys[ordinal]!;
  const spelled = chance.happens(0.1) ? key.toUpperCase() : key;
  return [rule.to!.relationship, `{"External_Id__c":${JSON.stringify(spelled)}}`];
}

/** Makes one thing wrong with a record. */
function spoil(chance: Chance, members: Members, fields: Readonly<Record<string, FieldRule>>, marker: string): void {
  const wrongs: Readonly<Partial<Record<FieldRule['kind'], readonly string[]>>> = {
    number: ['"abc"', '123456789012345678901234567890', '{"a":1}'],
    integer: ['"many"'],
    boolean: ['"yes"'],
    date: ['"31/12/2025"'],
    datetime: ['"2025-12-31 23:59:59"'],
    list: ['["nowhere"]'],
    email: ['"no-address"'],
    text: [JSON.stringify('y'.repeat(200_000)), '{"an":"object"}'],
  };
  const names = Object.keys(fields).filter((name) => name !== marker && fields[name]!.match === undefined);
  const name = chance.pick(names);
  const { kind, values } = fields[name]!;
  const wrong = kind === 'picklist' && values !== undefined ? '"Platinum"' : chance.pick(wrongs[kind] ?? ['']);
  if (wrong === '') return;
  const at = members.findIndex(([other]) => other.toLowerCase() === name.toLowerCase());
  if (at >= 0) members.splice(at, 1);
  members.push([name, wrong]);
}
