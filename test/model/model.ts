import { isLosslessNumber, LosslessNumber, parse } from 'lossless-json';
import type { GeneratedTopic } from './generate.js';
import { findRelationship, findRule, RULES, sobjectNamed, type FieldRule } from './rules.js';

/** A record of the org. Values are texts; what is cleared is not there. */
export interface Row {
  readonly sobject: string;
  /** Undefined for records that the run creates. */
  readonly id: string | undefined;
  readonly values: Map<string, string>;
  /** Lines that wrote it, in order. */
  readonly lines: number[];
  isDeleted: boolean;
}

/** What must become of one line. */
export interface Verdict {
  readonly line: number;
  readonly topic: string | undefined;
  outcome: 'succeeded' | 'failed' | 'malformed' | 'unmapped';
  /** Any of these codes; empty: any code at all. */
  codes: readonly string[];
  created: boolean;
  /** Fields that are left out, as far as that is certain. */
  readonly dropped: readonly string[];
}

export interface ModelOptions {
  readonly topics: readonly GeneratedTopic[];
  readonly batchSize: number;
  readonly unwritable: 'drop' | 'fail';
  readonly unmapped: 'skip' | 'fail';
  /** A call that holds a value which cannot be read is refused as a whole. */
  readonly refusesWhole: boolean;
}

type Data = Record<string, unknown>;

/** A record that is about to be written, checked as far as that goes without the org. */
interface Sendable {
  readonly verdict: Verdict;
  readonly data: Data;
}

/**
 * The org, as the contract and the API page say it must behave: lines are applied one by one in input order, and each
 * has one outcome. Knows nothing of batches, calls and jobs, except that all_or_none makes a call one whole.
 */
export class Model {
  readonly rows: Row[];
  readonly verdicts: Verdict[] = [];
  readonly #options: ModelOptions;
  readonly #together: Sendable[] = [];
  /** Records whose parents may come later. */
  readonly #trees: Sendable[] = [];

  constructor(rows: Row[], options: ModelOptions) {
    this.rows = rows;
    this.#options = options;
  }

  replay(lines: readonly string[]): void {
    for (const [index, text] of lines.entries()) if (text.trim() !== '') this.#take(text, index + 1);
    this.#flushTogether();
    this.#writeTrees();
  }

  #take(text: string, line: number): void {
    const message = readMessage(text);
    if ('code' in message) {
      this.#add({ line, topic: undefined, outcome: 'malformed', codes: [message.code], created: false, dropped: [] });
      return;
    }
    const topic = this.#options.topics.find(({ topic: name }) => name === message.topic);
    if (topic === undefined) {
      const isFailure = this.#options.unmapped === 'fail';
      const outcome = isFailure ? 'failed' : 'unmapped';
      this.#add({
        line,
        topic: undefined,
        outcome,
        codes: isFailure ? ['UNMAPPED_TOPIC'] : [],
        created: false,
        dropped: [],
      });
      return;
    }
    const sobject = sobjectOf(topic);
    const dropped = message.data === null || topic.operation === 'delete' ? [] : unwritableNames(sobject, message.data);
    const verdict = this.#add({ line, topic: topic.topic, outcome: 'failed', codes: [], created: false, dropped });
    if (message.data === null) return;
    const local = this.#localRefusal(topic, message.data, dropped);
    if (local !== undefined) verdict.codes = local;
    else if (topic.topic === 'trees') this.#trees.push({ verdict, data: message.data });
    else if (topic.all_or_none) this.#writeTogether({ verdict, data: message.data });
    else this.#write(topic, { verdict, data: message.data }, line);
  }

  #add(verdict: Verdict): Verdict {
    this.verdicts.push(verdict);
    return verdict;
  }

  /** The codes for a record that must not be sent; undefined for one that must. */
  #localRefusal(topic: GeneratedTopic, data: Data, dropped: readonly string[]): readonly string[] | undefined {
    const keyName = keyNameOf(topic);
    // None of the sources is there.
    if (topic.fields !== undefined && isEmpty(data, topic.insert_key)) return ['NOTHING_TO_WRITE'];
    if (keyName !== undefined && keyName !== 'Id' && keyText(data, keyName) === '') return ['MISSING_KEY'];
    if (keyName === 'Id' && topic.operation !== 'upsert' && keyText(data, keyName) === '') return ['MISSING_KEY'];
    if (topic.operation === 'delete') return undefined;
    if (dropped.length > 0 && this.#options.unwritable === 'fail') return [];
    if (saysNothing(sobjectOf(topic), data, keyName, topic.insert_key)) return ['NOTHING_TO_WRITE'];
    for (const [name, value] of Object.entries(data)) {
      // An object is a reference, or what belongs to a field that is dropped; under any other name it is a mistake.
      const isSkipped = READ_ONLY.has(name.toLowerCase()) || name.toLowerCase() === 'attributes';
      if (!isSkipped && isObject(value) && !findRelationship(sobjectOf(topic), name)) return ['UNSUPPORTED_VALUE'];
    }
    return undefined;
  }

  #writeTogether(record: Sendable): void {
    this.#together.push(record);
    if (this.#together.length === this.#options.batchSize) this.#flushTogether();
  }

  /** One call: everything or nothing. */
  #flushTogether(): void {
    const records = this.#together.splice(0);
    const topic = this.#options.topics.find(({ all_or_none: isWhole }) => isWhole);
    if (topic === undefined) return;
    const refusals = records.map(({ data }) => this.#refusal(topic, data, undefined));
    if (refusals.every((codes) => codes.length === 0)) {
      for (const record of records) this.#write(topic, record, record.verdict.line);
      return;
    }
    const isWhole = this.#options.refusesWhole && refusals.some((codes) => codes.includes('JSON_PARSER_ERROR'));
    for (const [i, { verdict }] of records.entries()) {
      const own = refusals[i]!;
      const rolledBack = own.length > 0 ? own : ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'UNABLE_TO_LOCK_ROW'];
      verdict.codes = isWhole ? [...rolledBack, 'JSON_PARSER_ERROR'] : rolledBack;
    }
  }

  /** In waves, until one writes nothing. All versions of a key have one parent, so that they wait together. */
  #writeTrees(): void {
    const topic = this.#options.topics.find(({ topic: name }) => name === 'trees');
    if (topic === undefined) return;
    let left = this.#trees;
    for (let before = -1; left.length !== before;) {
      before = left.length;
      const waits = new Set(left.filter(({ data }) => [...this.#changes(topic, data, undefined)].some(isOrphaned)));
      for (const record of left) if (!waits.has(record)) this.#write(topic, record, record.verdict.line);
      left = [...waits];
    }
    for (const record of left) this.#write(topic, record, record.verdict.line);
  }

  #write(topic: GeneratedTopic, { verdict, data }: Sendable, line: number): void {
    const sobject = sobjectOf(topic);
    const found = this.#find(topic, data);
    if (Array.isArray(found)) {
      // With more than one mistake, which is told is the org's affair.
      verdict.codes = [...found, ...(topic.operation === 'delete' ? [] : this.#refusal(topic, data, undefined))];
      return;
    }
    if (topic.operation === 'delete') {
      found!.isDeleted = true;
      verdict.outcome = 'succeeded';
      return;
    }
    const refusal = this.#refusal(topic, data, found);
    if (refusal.length > 0) {
      verdict.codes = refusal;
      return;
    }
    const row = found ?? { sobject, id: undefined, values: new Map<string, string>(), lines: [], isDeleted: false };
    if (found === undefined) this.rows.push(row);
    verdict.outcome = 'succeeded';
    verdict.created = found === undefined;
    row.lines.push(line);
    for (const [name, value] of this.#changes(topic, data, found)) {
      if (value === undefined) row.values.delete(name);
      else row.values.set(name, value);
    }
  }

  /** The record that is meant; undefined where there is none and one is created; the codes where there must be one. */
  #find(topic: GeneratedTopic, data: Data): Row | undefined | string[] {
    const sobject = sobjectOf(topic);
    const keyName = keyNameOf(topic);
    if (keyName === undefined) return undefined;
    const text = keyText(data, keyName);
    if (keyName !== 'Id') {
      const [name, rule] = findRule(sobject, keyName)!;
      const wanted = comparable(text, rule);
      return this.rows.find((row) => {
        const value = row.values.get(name);
        return row.sobject === sobject && !row.isDeleted && value !== undefined && comparable(value, rule) === wanted;
      });
    }
    if (text === '') return undefined;
    if (!/^(\w{15}|\w{18})$/.test(text) || text.includes('-')) return ['MALFORMED_ID'];
    const row = this.rows.find((one) => one.sobject === sobject && one.id?.slice(0, 15) === text.slice(0, 15));
    return row === undefined || row.isDeleted ? ['INVALID_CROSS_REFERENCE_KEY', 'ENTITY_IS_DELETED'] : row;
  }

  /** The codes that Salesforce may refuse the record with; none if it is written. */
  #refusal(topic: GeneratedTopic, data: Data, row: Row | undefined): string[] {
    const sobject = sobjectOf(topic);
    const changes = new Map(this.#changes(topic, data, row));
    const codes: string[] = [];
    if (row !== undefined && this.#options.unwritable === 'fail' && hasCreateOnlyField(sobject, data)) {
      codes.push('INVALID_FIELD_FOR_INSERT_UPDATE');
    }
    for (const [name, value] of changes) {
      const rule = RULES[sobject]!.fields[name]!;
      if (value !== undefined) codes.push(...wrongs(value, rule, topic.mode));
    }
    for (const [name, rule] of Object.entries(RULES[sobject]!.fields)) {
      const value = changes.has(name) ? changes.get(name) : row?.values.get(name);
      if (rule.required && value === undefined) codes.push('REQUIRED_FIELD_MISSING');
    }
    return [...new Set(codes)];
  }

  /** What the record says of each field that can be written: its text as stored, or undefined where it is cleared. */
  *#changes(topic: GeneratedTopic, data: Data, row: Row | undefined): Generator<[string, string | undefined]> {
    const sobject = sobjectOf(topic);
    for (const [name, value] of Object.entries(data)) {
      const [field, rule] = findRule(sobject, name) ?? findRelationship(sobject, name) ?? [];
      if (field === undefined || rule === undefined) continue;
      if (rule.createOnly && row !== undefined) continue;
      yield [field, this.#stored(value, rule, topic.mode)];
    }
  }

  #stored(value: unknown, rule: FieldRule, mode: 'realtime' | 'bulk'): string | undefined {
    if (value === null) return undefined;
    if (Array.isArray(value)) return value.map((item) => textOf(item)).join(';') || undefined;
    if (isObject(value)) {
      const { attributes, ...named } = value;
      const sobject = rule.among === undefined ? rule.to!.sobject : (attributes as { type: string }).type;
      const [[keyName, key] = ['', '']] = Object.entries(named);
      const parent = this.rows.find(
        (row) => row.sobject === sobject && row.values.get(keyName)?.toLowerCase() === textOf(key).toLowerCase(),
      );
      return parent === undefined ? NOBODY : (parent.id ?? `@${textOf(key).toLowerCase()}`);
    }
    let text = textOf(value);
    if (rule.kind === 'text' && mode === 'bulk') text = text.replaceAll('\r\n', '\n');
    text = trimmed(text);
    if (text === '') return undefined;
    if (rule.kind === 'reference')
      return this.rows.find(({ id }) => id?.slice(0, 15) === text.slice(0, 15))?.id ?? NOBODY;
    if (rule.kind === 'datetime' && isDatetime(text)) return utc(text);
    return text;
  }
}

/** Fields of every sObject that exist and cannot be written. */
const READ_ONLY = new Set(['createddate', 'isdeleted', 'systemmodstamp']);
const NOBODY = '(nobody)';

function isOrphaned([, value]: [string, string | undefined]): boolean {
  return value === NOBODY;
}

/** Blanks beyond ASCII are kept. */
function trimmed(text: string): string {
  return text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '');
}

function wrongs(value: string, rule: FieldRule, mode: 'realtime' | 'bulk'): string[] {
  const badLiteral = [mode === 'realtime' ? 'JSON_PARSER_ERROR' : 'INVALID_FIELD'];
  switch (rule.kind) {
    case 'reference':
      return value === NOBODY ? ['INVALID_FIELD'] : [];
    case 'number':
    case 'integer': {
      if (!/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return badLiteral;
      return Math.abs(Number(value)) >= 10 ** (rule.wholeDigits ?? 18) ? ['NUMBER_OUTSIDE_VALID_RANGE'] : [];
    }
    case 'boolean':
      return value === 'true' || value === 'false' ? [] : badLiteral;
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(value) ? [] : badLiteral;
    case 'datetime':
      return isDatetime(value) ? [] : badLiteral;
    case 'email':
      return value.includes('@') ? [] : ['INVALID_EMAIL_ADDRESS'];
    case 'picklist':
    case 'list': {
      const known = rule.values === undefined || value.split(';').every((one) => rule.values!.includes(one));
      return known ? [] : ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'];
    }
    case 'text':
      return value.length > (rule.maxLength ?? Infinity) ? ['STRING_TOO_LONG'] : [];
  }
}

function sobjectOf({ sobject }: GeneratedTopic): string {
  return sobjectNamed(sobject);
}

function keyNameOf({ operation, external_id_field: field }: GeneratedTopic): string | undefined {
  if (operation === 'insert') return undefined;
  return operation === 'upsert' ? field : 'Id';
}

/** The key's text, blanks around it aside; empty where there is none. */
function keyText(data: Data, keyName: string): string {
  const found = Object.entries(data).find(([name]) => name.toLowerCase() === keyName.toLowerCase());
  return found === undefined || found[1] === null ? '' : trimmed(textOf(found[1]));
}

function comparable(value: string, { match }: FieldRule): string {
  if (match === 'number') return String(Number(value));
  return match === 'any case' ? trimmed(value).toLowerCase() : trimmed(value);
}

function unwritableNames(sobject: string, data: Data): string[] {
  const names = Object.keys(data).filter((name) => !['id', 'attributes'].includes(name.toLowerCase()));
  return names.filter((name) => !findRule(sobject, name) && !findRelationship(sobject, name));
}

/** Nothing but what was added to it. */
function isEmpty(data: Data, added: string | undefined): boolean {
  return Object.keys(data).every((name) => name === added);
}

/** Neither a field beside the key, nor the key and nothing else. */
function saysNothing(sobject: string, data: Data, keyName: string | undefined, added: string | undefined): boolean {
  const names = Object.keys(data).filter((name) => name.toLowerCase() !== 'attributes' && name !== added);
  const isKey = (name: string): boolean => name.toLowerCase() === keyName?.toLowerCase();
  if (names.some((name) => !isKey(name) && (findRule(sobject, name) ?? findRelationship(sobject, name)))) return false;
  return keyName === undefined || keyText(data, keyName) === '' || !names.every(isKey);
}

function hasCreateOnlyField(sobject: string, data: Data): boolean {
  return Object.keys(data).some((name) => (findRule(sobject, name) ?? findRelationship(sobject, name))?.[1].createOnly);
}

/** A line as section 3 of the contract reads it. */
function readMessage(text: string): { topic: string; data: Data | null } | { code: string } {
  let line: unknown;
  try {
    line = parse(text, null, { parseNumber: (digits) => new LosslessNumber(digits) });
  } catch {
    return { code: 'INVALID_JSON' };
  }
  if (!isObject(line)) return { code: 'NOT_AN_OBJECT' };
  const { topic } = line;
  if (typeof topic !== 'string') return { code: 'NO_TOPIC' };
  const name = ['data', 'payload', 'value'].find((one) => one in line);
  let data = name === undefined ? undefined : line[name];
  if (typeof data === 'string' && name !== 'data') {
    try {
      data = parse(data, null, { parseNumber: (digits) => new LosslessNumber(digits) });
    } catch {
      return { code: 'INVALID_RECORD' };
    }
  }
  return data === null || isObject(data) ? { topic, data } : { code: 'INVALID_RECORD' };
}

function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

function textOf(value: unknown): string {
  return isLosslessNumber(value) ? value.value : String(value);
}

function isDatetime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/.test(text);
}

function utc(text: string): string {
  return new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')).toISOString().replace('Z', '+0000');
}
