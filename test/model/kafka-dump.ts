import type { Population } from './generate.js';
import type { Chance } from './random.js';

/** A topic of a dump as Kafka holds it: versions of keys, and tombstones. */
export interface KafkaTopic {
  readonly topic: string;
  readonly sobject: 'Account' | 'Contact' | 'Lead';
  readonly operation: 'insert' | 'update' | 'upsert' | 'delete';
  readonly external_id_field: string;
  readonly mode: 'realtime' | 'bulk';
  readonly tombstones: 'delete' | 'skip' | 'fail';
  readonly compact: boolean;
  /** As they are written. A key whose text holds `bad` has records that the org refuses, all of them. */
  readonly keys: readonly string[];
}

/** A line, and what is meant by it. */
export interface KafkaLine {
  readonly text: string;
  /** Undefined for a line that is no JSON or of no mapped topic. */
  readonly topic: KafkaTopic | undefined;
  readonly kind: 'record' | 'tombstone' | 'malformed' | 'unmapped';
  /** As it is written; undefined where it is missing. */
  readonly key: string | undefined;
  /** Values as they are stored; null clears. The key is not among them. */
  readonly fields: Readonly<Record<string, string | null>>;
}

export interface KafkaDump {
  readonly topics: readonly KafkaTopic[];
  readonly lines: readonly KafkaLine[];
}

/** What the topics find in the org, next to what `startWorld` puts there. */
export const EARLIER: Readonly<Record<KafkaTopic['sobject'], readonly object[]>> = {
  Account: [
    { Name: 'earlier', External_Id__c: 'bad-0', Description: 'was here' },
    { Name: 'earlier', Customer_Number__c: 2 },
    ...['g-0', 'G-1', "g'2\\", 'twice', 'twice'].map((code) => ({ Name: 'earlier', Segment_Code__c: code })),
  ],
  Contact: [{ LastName: 'earlier', External_Id__c: 'c-1', Description: 'was here' }],
  Lead: ['x-0', 'X-1', "o'x-2", 'x-3'].map((key) => ({ LastName: 'earlier', Company: 'C', External_Id__c: key })),
};

const REFUSED = {
  Account: { Tier__c: 'Platinum' },
  Contact: { Email: 'no-address' },
  Lead: { Email: 'no-address' },
};

const MARKERS = { Account: 'Site', Contact: 'Department', Lead: 'Title' };

export function generateKafkaDump(chance: Chance, population: Population, size: number): KafkaDump {
  const topics = chooseTopics(chance, population);
  const lines: KafkaLine[] = [];
  while (lines.length < size) {
    if (chance.happens(0.04)) lines.push(strayLine(chance));
    else lines.push(topicLine(chance, chance.pick(topics), lines.length + 1));
  }
  return { topics, lines };
}

function chooseTopics(chance: Chance, population: Population): KafkaTopic[] {
  const topic = (
    name: string,
    sobject: KafkaTopic['sobject'],
    operation: KafkaTopic['operation'],
    keys: readonly string[] = [],
    externalIdField = '',
  ): KafkaTopic => ({
    topic: name,
    sobject,
    operation,
    external_id_field: externalIdField,
    mode: chance.pick(['realtime', 'bulk'] as const),
    tombstones: operation === 'upsert' ? chance.pick(['delete', 'delete', 'skip', 'fail'] as const) : 'fail',
    compact: (operation === 'upsert' || operation === 'update') && chance.happens(0.5),
    keys,
  });
  const all = [
    topic('accounts', 'Account', 'upsert', ['a-0', 'A-1', 'é-2', "a'3", 'bad-0', 'bad-1'], 'External_Id__c'),
    topic('numbered', 'Account', 'upsert', ['1', '1.0', '2', '1e1', '10', '17'], 'Customer_Number__c'),
    topic('legacy', 'Account', 'upsert', ['l-0', 'L-0', 'l-1', 'l-2', 'bad-l'], 'Legacy_Code__c'),
    topic('contacts', 'Contact', 'upsert', ['c-0', 'c-1', 'c-2', 'c-3', 'bad-c'], 'external_id__c'),
    topic('updates', 'Account', 'update', population.idsToUpdate),
    topic('by-code', 'Account', 'delete', ['g-0', 'G-1', "g'2\\", 'twice', 'none'], 'Segment_Code__c'),
    topic('gone', 'Lead', 'delete', ['x-0', 'x-1', "o'x-2", 'x-3', 'none'], 'External_Id__c'),
    topic('leads', 'Lead', 'insert'),
  ];
  const count = 2 + chance.integer(4);
  while (all.length > count) all.splice(chance.integer(all.length), 1);
  return all;
}

function strayLine(chance: Chance): KafkaLine {
  const nothing = { topic: undefined, key: undefined, fields: {} };
  if (chance.happens(0.5)) return { ...nothing, text: `{"topic":"accounts",${chance.integer(9)}`, kind: 'malformed' };
  const data = chance.pick(['null', '{"External_Id__c":"a-0"}']);
  return { ...nothing, text: `{"topic":"unmapped","key":"a-0","data":${data}}`, kind: 'unmapped' };
}

function topicLine(chance: Chance, topic: KafkaTopic, line: number): KafkaLine {
  const isKeyMissing = topic.operation === 'insert' || chance.happens(0.03);
  const key = isKeyMissing ? undefined : spelled(chance, topic, chance.pick(topic.keys));
  const isTombstone = chance.happens(topic.operation === 'upsert' ? 0.3 : 0.04);
  return isTombstone ? tombstoneLine(chance, topic, key) : recordLine(chance, topic, key, line);
}

/** As the org might take for the same key. */
function spelled(chance: Chance, { topic, operation, external_id_field: name }: KafkaTopic, key: string): string {
  if (topic === 'numbered') return key;
  if (operation === 'update') return chance.happens(0.4) ? key.slice(0, 15) : key;
  const cased = name.toLowerCase() === 'external_id__c' && chance.happens(0.3) ? key.toUpperCase() : key;
  return chance.happens(0.1) ? ` ${cased} ` : cased;
}

function tombstoneLine(chance: Chance, topic: KafkaTopic, key: string | undefined): KafkaLine {
  const member = `"key":${key === undefined ? '"{}"' : keyJson(chance, topic, key)},`;
  const text = chance.pick([
    `{"topic":"${topic.topic}",${member}"data":null}`,
    `{"topic":"${topic.topic}","partition":0,"offset":1,"tstype":"create","ts":1,"broker":1,${member}"payload":null}`,
    `{"topic":"${topic.topic}",${member}"value":null,"partition":0,"offset":2}`,
  ]);
  return { text, topic, kind: 'tombstone', key, fields: {} };
}

/** Plain text, JSON text, or an object that holds the field, as JSON or as its text. */
function keyJson(chance: Chance, { topic, external_id_field: name }: KafkaTopic, key: string): string {
  const value = topic === 'numbered' && chance.happens(0.5) ? key : JSON.stringify(key);
  const field = chance.happens(0.2) ? name.toUpperCase() : name || 'Id';
  const object = `{"other":1,${JSON.stringify(field)}:${value}}`;
  return chance.pick([JSON.stringify(key), JSON.stringify(JSON.stringify(key)), object, JSON.stringify(object), value]);
}

function recordLine(chance: Chance, topic: KafkaTopic, key: string | undefined, line: number): KafkaLine {
  const { sobject, operation, topic: name } = topic;
  const fields: Record<string, string | null> = {};
  if (operation !== 'delete') {
    if (sobject === 'Account') fields.Name = `name ${line}`;
    else fields.LastName = `name ${line}`;
    if (sobject === 'Lead') fields.Company = 'C';
    fields[MARKERS[sobject]] = `L${line}`;
    if (chance.happens(0.4)) fields.Description = chance.pick(['one', 'two', 'say "hi", then leave', null]);
    if (sobject === 'Contact' && chance.happens(0.4)) fields.FirstName = chance.pick(['F', null]);
    if (sobject === 'Account' && chance.happens(0.4)) fields.Industry = chance.pick(['Other', 'Banking', null]);
    // Where versions are folded, a single bad one may be mended by the next.
    const isRefused = isRefusedKey(key) || (!topic.compact && chance.happens(0.06));
    if (isRefused) Object.assign(fields, REFUSED[sobject]);
  }
  const keyName = operation === 'update' ? 'Id' : topic.external_id_field;
  const keyMember = key === undefined ? {} : { [keyName]: key };
  const data = JSON.stringify({ ...keyMember, ...fields });
  const written =
    name === 'numbered' && chance.happens(0.6) ? data.replace(/("Customer_Number__c":)"(.*?)"/, '$1$2') : data;
  const text = chance.pick([
    `{"topic":"${name}","data":${written}}`,
    `{"topic":"${name}","key":"k","payload":${written}}`,
    `{"topic":"${name}","partition":0,"offset":1,"tstype":"create","ts":1,"broker":1,"payload":${JSON.stringify(written)}}`,
    `{"topic":"${name}","value":${JSON.stringify(written)},"partition":0,"offset":2}`,
  ]);
  return { text, topic, kind: 'record', key, fields };
}

function isRefusedKey(key: string | undefined): boolean {
  return key?.toLowerCase().includes('bad') === true;
}
