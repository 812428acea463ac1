import { createHash } from 'node:crypto';
import { isLosslessNumber, LosslessNumber, parse, stringify } from 'lossless-json';
import type { GeneratedDump, GeneratedTopic } from './generate.js';
import type { Chance } from './random.js';
import { findRelationship, findRule, RULES, sobjectNamed } from './rules.js';

export interface ReshapedDump extends GeneratedDump {
  /** The same lines as they are meant: fields by their own names and nothing else, and the values of insert keys. */
  readonly meant: readonly string[];
}

type Data = Record<string, unknown>;

const INSERT_KEY = 'External_Id__c';

/** The dump with other names in the records of some topics, which `fields` puts right, and with keys for some inserts. */
export function reshapeDump(chance: Chance, dump: GeneratedDump): ReshapedDump {
  const topics = dump.topics.map((topic): GeneratedTopic => ({
    ...topic,
    ...(chance.happens(0.6) && { fields: fieldsOf(chance, topic) }),
    ...(topic.operation === 'insert' && chance.happens(0.7) && { insert_key: INSERT_KEY }),
  }));
  const keys = new InsertKeys();
  const pairs = dump.lines.map((text, i) => {
    const message = messageIn(text);
    const topic = topics.find(({ topic: name }) => name === message?.topic);
    if (message === undefined || topic === undefined) return { text, meant: text };
    const isOwn = topic.insert_key !== undefined && hasMarker(topic, message.data) && chance.happens(0.2);
    const data = isOwn ? { ...message.data, [INSERT_KEY]: `own-${i}` } : message.data;
    const written = topic.fields === undefined ? data : renamed(topic, data);
    const known = topic.fields === undefined ? data : onlyTargets(topic, data);
    const key = topic.insert_key === undefined ? {} : { [INSERT_KEY]: isOwn ? `own-${i}` : keys.of(message, written) };
    return { text: message.around(written), meant: message.around({ ...known, ...key }) };
  });
  return { topics, lines: pairs.map(({ text }) => text), meant: pairs.map(({ meant }) => meant) };
}

/** Every target that a record of the topic may have, with a source that is a name, a name with dots, or a path. */
function fieldsOf(chance: Chance, topic: GeneratedTopic): Record<string, string> {
  const rules = Object.entries(RULES[sobjectNamed(topic.sobject)]!.fields);
  const references = rules.flatMap(([, { to, among }]) =>
    to === undefined ? [] : (among ?? ['']).map((type) => referenceTarget(type, to.relationship)),
  );
  const key = topic.external_id_field === '' && topic.operation !== 'insert' ? ['Id'] : [topic.external_id_field];
  const names = topic.operation === 'delete' ? key : [...key, ...rules.map(([name]) => name), ...references];
  const targets = new Map(names.filter((name) => name !== '').map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    [...targets.values()].map((target) => {
      const plain = target.toLowerCase().replace(/[^a-z_]/g, '_');
      return [target, chance.pick([`src_${plain}`, `dotted.${plain}`, `body.${plain}`, `body.list.0.${plain}`])];
    }),
  );
}

function referenceTarget(type: string, relationship: string): string {
  return `${type === '' ? '' : `${type}:`}${relationship}.External_Id__c`;
}

/** Where each member of the record belongs: the target that it is meant for, and its value; without one it is noise. */
function* targetsOf(topic: GeneratedTopic, data: Data): Generator<[name: string, target: string | undefined, unknown]> {
  const targets = Object.keys(topic.fields ?? {});
  for (const [name, value] of Object.entries(data)) {
    const relationship = findRelationship(sobjectNamed(topic.sobject), name)?.[1].to?.relationship;
    if (relationship === undefined) {
      yield [name, targets.find((target) => target.toLowerCase() === name.toLowerCase()), value];
      continue;
    }
    const { attributes, External_Id__c: key } = value as { attributes?: { type: string }; External_Id__c: unknown };
    const wanted = referenceTarget(attributes?.type ?? '', relationship);
    yield [name, targets.find((target) => target === wanted), key];
  }
}

function renamed(topic: GeneratedTopic, data: Data): Data {
  const made: Data = {};
  for (const [name, target, value] of targetsOf(topic, data)) {
    if (target === undefined) made[name] = value;
    else put(made, topic.fields![target]!, value);
  }
  return made;
}

function put(record: Data, source: string, value: unknown): void {
  if (!source.startsWith('body.')) {
    record[source] = value;
    return;
  }
  const body = (record['body'] ??= { list: [{}] }) as Data & { list: [Data] };
  const holder = source.startsWith('body.list.0.') ? body.list[0] : body;
  holder[source.slice(source.lastIndexOf('.') + 1)] = value;
}

function onlyTargets(topic: GeneratedTopic, data: Data): Data {
  const kept = [...targetsOf(topic, data)].flatMap(([name, target]) => (target === undefined ? [] : [name]));
  return Object.fromEntries(kept.map((name) => [name, data[name]]));
}

function hasMarker(topic: GeneratedTopic, data: Data): boolean {
  const { marker } = RULES[sobjectNamed(topic.sobject)]!;
  return Object.keys(data).some((name) => findRule(sobjectNamed(topic.sobject), name)?.[0] === marker);
}

interface GeneratedMessage {
  readonly topic: string;
  readonly data: Data;
  /** `topic/partition/offset`, where the line has them. */
  readonly place: string | undefined;
  /** The line with this record in place of its own. */
  around(data: Data): string;
}

/** Undefined for lines that hold no record. */
function messageIn(text: string): GeneratedMessage | undefined {
  const line = objectIn(text);
  const name = ['data', 'payload', 'value'].find((one) => line !== undefined && one in line);
  if (line === undefined || name === undefined || typeof line['topic'] !== 'string') return undefined;
  const isText = name !== 'data' && typeof line[name] === 'string';
  const data = isText ? objectIn(line[name] as string) : line[name];
  if (!isObject(data)) return undefined;
  const { topic, partition, offset } = line as { topic: string; partition?: LosslessNumber; offset?: LosslessNumber };
  return {
    topic,
    data,
    place: partition === undefined ? undefined : `${topic}/${partition.value}/${offset!.value}`,
    around: (record) => stringify({ ...line, [name]: isText ? stringify(record) : record })!,
  };
}

function objectIn(text: string): Data | undefined {
  try {
    const value = parse(text, null, { parseNumber: (digits) => new LosslessNumber(digits) });
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** As section 4 of the contract gives them to lines that have no value of their own. */
class InsertKeys {
  readonly #counts = new Map<string, number>();

  of({ topic, place }: GeneratedMessage, record: Data): string {
    if (place !== undefined) return place;
    const hash = sha256(`${topic}\n${stringify(record)}`);
    const ordinal = this.#counts.get(hash) ?? 0;
    this.#counts.set(hash, ordinal + 1);
    return ordinal === 0 ? hash : sha256(`${hash}\n${ordinal}`);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
