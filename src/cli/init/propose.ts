import type { ProposedKey, ProposedMapping } from '../../config/starter.js';
import { guessSObject } from './guess-sobject.js';
import {
  namesOf,
  proposeNames,
  type ProposedNames,
  type KnownField,
  type KnownFields,
  type KnownSObject,
} from './known-fields.js';
import type { TopicSample } from './sample.js';

/** From so many records on, Bulk API 2.0 is proposed: below that it costs more calls than it spares. */
const BULK_FROM_RECORDS = 2_000;
const MOST_FIELDS_NAMED = 12;

/** A mapping for each topic, parents before the children that refer to them. */
export function proposeMappings(samples: readonly TopicSample[], knownFields: KnownFields): ProposedMapping[] {
  const proposed = samples.map((sample) => ({ sample, mapping: proposeMapping(sample, knownFields) }));
  const waits = new Map<string, string[]>();
  return proposed.map(({ sample: { topic, references }, mapping }) => {
    const own = sobjectOf(mapping);
    const parents = proposed.filter(({ mapping: other }) => {
      const sobject = sobjectOf(other);
      return (
        sobject !== own &&
        [...references].some((name) => leadsTo(name, sobject)) &&
        !waitsFor(other.topic, topic, waits)
      );
    });
    if (parents.length === 0) return mapping;
    const topics = parents.map(({ mapping: parent }) => parent.topic);
    waits.set(topic, topics);
    const sobjects = [...new Set(parents.map(({ mapping: parent }) => sobjectOf(parent)))].join(', ');
    const key = { name: 'depends_on', value: topics, why: `the records refer to ${sobjects}` };
    return { ...mapping, keys: [...mapping.keys, key] };
  });
}

function sobjectOf({ keys }: ProposedMapping): string {
  return String(keys.find(({ name }) => name === 'sobject')?.value);
}

/** `Account`, `Invoice__r` and `Bill_To_Account__r` tell by their names where they lead. */
function leadsTo(reference: string, sobject: string): boolean {
  const [name, wanted] = [reference, sobject].map((one) =>
    one
      .replace(/__[a-z]$/i, '')
      .replaceAll('_', '')
      .toLowerCase(),
  );
  return name === wanted || (reference.endsWith('__r') && name?.endsWith(wanted ?? '') === true);
}

/** So that two topics that refer to each other are not made to wait for each other. */
function waitsFor(topic: string, other: string, waits: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set([topic]);
  for (const one of seen) for (const parent of waits.get(one) ?? []) seen.add(parent);
  return seen.has(other);
}

/** A mapping for a topic, guessed from what was seen of it. Every guess says what it rests on. */
export function proposeMapping(sample: TopicSample, knownFields: KnownFields): ProposedMapping {
  const fields = namesOf(sample);
  const sobject = guessSObject(sample.topic, fields, sample.sobject);
  const known = knownFields(sobject.name);
  const names = proposeNames(sample, known);
  const operation = guessOperation(names === undefined ? sample : renamed(sample, names), sobject.name);
  const mode: ProposedKey[] =
    sample.records >= BULK_FROM_RECORDS
      ? [{ name: 'mode', value: 'bulk', why: `Bulk API 2.0, for ${sample.records} records or more` }]
      : [];
  return {
    topic: sample.topic,
    notes: [...notesOf(sample, fields), ...(names === undefined ? [] : leftNotes(names))],
    keys: [{ name: 'sobject', value: sobject.name, why: sobject.why }, ...operation, ...mode],
    ...(names !== undefined && { fields: writable(names, operation, known) }),
  };
}

/** The topic as if its records had the names of their fields. */
function renamed(sample: TopicSample, { fields }: ProposedNames): TopicSample {
  return {
    ...sample,
    fields: new Map([...fields].map(([target, source]) => [target, sample.fields.get(source) ?? 0])),
  };
}

/** Those that the operation may write. */
function writable(
  { fields }: ProposedNames,
  operation: readonly ProposedKey[],
  { fields: known }: KnownSObject,
): Record<string, string> {
  const [isInsert, isUpdate] = ['insert', 'update'].map((name) => operation.some(({ value }) => value === name));
  const isClosed = ({ createable, updateable }: KnownField): boolean =>
    (isInsert === true && !createable) || (isUpdate === true && !updateable) || !(createable || updateable);
  const key = operation.find(({ name }) => name === 'external_id_field');
  const closed = new Set(known.filter(isClosed).map(({ name }) => name));
  return Object.fromEntries(
    [...fields].filter(([target]) => (target === 'Id' ? isUpdate : target === key?.value || !closed.has(target))),
  );
}

function leftNotes({ left }: ProposedNames): string[] {
  const names = left.filter((name) => /^[\w.]+$/.test(name)).slice(0, MOST_FIELDS_NAMED);
  return names.length === 0 ? [] : [`Not in "fields", since no field has a similar name: ${names.join(', ')}.`];
}

function guessOperation(sample: TopicSample, sobject: string): ProposedKey[] {
  const { records, fields } = sample;
  const isInAll = (name: string): boolean => (fields.get(name) ?? 0) === records;
  if (sobject.endsWith('__e')) return [{ name: 'operation', value: 'insert', why: 'events can only be published' }];
  const [key] = [...fields.keys()]
    .filter((name) => likenessToKey(name) > 0)
    .sort((a, b) => Number(isInAll(b)) - Number(isInAll(a)) || likenessToKey(b) - likenessToKey(a));
  if (key !== undefined) {
    const why = `looks like an external id; in ${fields.get(key) ?? 0} of ${records} records`;
    return [
      { name: 'operation', value: 'upsert', why: 'the records have a key' },
      { name: 'external_id_field', value: key, why },
    ];
  }
  const id = [...fields.keys()].find((name) => name.toLowerCase() === 'id');
  if (id !== undefined && 2 * (fields.get(id) ?? 0) > records) {
    const why = `${fields.get(id) ?? 0} of ${records} records have an Id, and no external id was seen`;
    return [{ name: 'operation', value: 'update', why }];
  }
  return [{ name: 'operation', value: 'insert', why: 'no key was seen; a second run would insert everything again' }];
}

/** How much a field's name looks like that of an external id; 0: not at all. */
function likenessToKey(name: string): number {
  if (!/^[A-Za-z][A-Za-z0-9_]*__c$/.test(name)) return 0;
  const stem = name.slice(0, -'__c'.length).toLowerCase().replaceAll('_', '');
  if (/external(?:id|key)$/.test(stem)) return 4;
  if (/^ext.*(?:id|key)$|ext(?:id|key)$/.test(stem)) return 3;
  if (/(?:key|uuid|guid)$/.test(stem) || /^(?:legacy|source|erp|sap)id$/.test(stem)) return 2;
  return /^ext/.test(stem) ? 1 : 0;
}

function notesOf({ records, tombstones }: TopicSample, fields: readonly string[]): string[] {
  const named = fields.filter((name) => /^[A-Za-z0-9_]+$/.test(name)).slice(0, MOST_FIELDS_NAMED);
  const more = fields.length - named.length;
  const rest = more > 0 ? ` and ${more} more` : '';
  const seen = `${records} ${records === 1 ? 'record' : 'records'}`;
  return [
    named.length === 0 ? `${seen}.` : `${seen} with ${named.join(', ')}${rest}.`,
    ...(tombstones === 0 ? [] : [tombstonesNote(tombstones)]),
  ];
}

function tombstonesNote(count: number): string {
  const seen = `${count} ${count === 1 ? 'tombstone' : 'tombstones'} (a key without a record)`;
  return `${seen}: would fail, unless an upsert has "tombstones: delete" or "tombstones: skip".`;
}
