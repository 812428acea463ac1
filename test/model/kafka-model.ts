import type { KafkaLine, KafkaTopic } from './kafka-dump.js';
import type { Row } from './model.js';
import { findRule, RULES } from './rules.js';

/** What must become of one line. */
export interface KafkaVerdict {
  readonly line: number;
  readonly topic: string | undefined;
  /** The key in a form that is the same for all its spellings. */
  readonly key: string | undefined;
  outcome: 'written' | 'failed' | 'skipped' | 'malformed' | 'unmapped';
  codes: readonly string[];
  /** It may have been folded into the next version of its key, or have been one with the last. */
  mayFold: boolean;
  /** A second tombstone in a row: folded, it is written; apart from the first, it finds nothing. */
  mayFail: boolean;
}

/** Lines applied to the org one by one in input order, as if there were no batches. */
export class KafkaModel {
  readonly verdicts: KafkaVerdict[] = [];
  /** The last verdict of each key of a topic. */
  readonly #last = new Map<string, { verdict: KafkaVerdict; isTombstone: boolean }>();

  constructor(readonly rows: Row[]) {}

  replay(lines: readonly KafkaLine[]): void {
    for (const [i, line] of lines.entries()) this.#take(line, i + 1);
  }

  #take({ topic, kind, key: text, fields }: KafkaLine, line: number): void {
    const key = topic === undefined || text === undefined ? undefined : comparable(topic, text);
    // A tombstone of any other topic means no record, so that its key is none.
    const hasKey = key !== undefined && (kind === 'record' || topic!.operation === 'upsert');
    const verdict: KafkaVerdict = {
      line,
      topic: topic?.topic,
      key: hasKey ? `${topic!.topic} ${key}` : undefined,
      outcome: 'failed',
      codes: [],
      mayFold: false,
      mayFail: false,
    };
    this.verdicts.push(verdict);
    if (kind === 'malformed' || kind === 'unmapped') {
      verdict.outcome = kind;
      return;
    }
    if (kind === 'tombstone' && topic!.tombstones !== 'delete') {
      if (topic!.tombstones === 'skip') verdict.outcome = 'skipped';
      else verdict.codes = ['TOMBSTONE'];
      return;
    }
    if (key === undefined && topic!.operation !== 'insert') {
      verdict.codes = ['MISSING_KEY'];
      return;
    }
    if (kind === 'tombstone' || topic!.operation === 'delete') this.#delete(topic!, key!, verdict);
    else this.#write(topic!, key, fields, verdict);
    this.#noteFolding(topic!, verdict, kind === 'tombstone');
  }

  #delete(topic: KafkaTopic, key: string, verdict: KafkaVerdict): void {
    const found = this.#find(topic, key);
    if (found.length !== 1) {
      verdict.codes = [found.length === 0 ? 'NOT_FOUND' : 'DUPLICATE_EXTERNAL_ID'];
      return;
    }
    found[0]!.isDeleted = true;
    verdict.outcome = 'written';
  }

  #write(topic: KafkaTopic, key: string | undefined, fields: KafkaLine['fields'], verdict: KafkaVerdict): void {
    if (fields.Tier__c === 'Platinum') verdict.codes = ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'];
    if (fields.Email === 'no-address') verdict.codes = ['INVALID_EMAIL_ADDRESS'];
    if (verdict.codes.length > 0) return;
    verdict.outcome = 'written';
    let row = key === undefined ? undefined : this.#find(topic, key)[0];
    if (row === undefined) {
      row = { sobject: topic.sobject, id: undefined, values: new Map(), lines: [], isDeleted: false };
      if (key !== undefined) row.values.set(keyFieldOf(topic), key);
      this.rows.push(row);
    }
    row.lines.push(verdict.line);
    for (const [name, value] of Object.entries(fields)) {
      if (value === null) row.values.delete(name);
      else row.values.set(name, value);
    }
  }

  #noteFolding({ compact }: KafkaTopic, verdict: KafkaVerdict, isTombstone: boolean): void {
    if (!compact || verdict.key === undefined) return;
    const last = this.#last.get(verdict.key);
    this.#last.set(verdict.key, { verdict, isTombstone });
    if (last?.isTombstone !== isTombstone) return;
    if (last.verdict.outcome === 'written') last.verdict.mayFold = true;
    if (isTombstone && last.verdict.outcome === 'written') {
      verdict.outcome = 'written';
      verdict.mayFail = true;
    }
  }

  #find(topic: KafkaTopic, key: string): Row[] {
    return this.rows.filter(({ sobject, id, values, isDeleted }) => {
      if (sobject !== topic.sobject || isDeleted) return false;
      const value = topic.operation === 'update' ? id : values.get(keyFieldOf(topic));
      return value !== undefined && comparable(topic, value) === key;
    });
  }
}

function keyFieldOf({ sobject, external_id_field: name }: KafkaTopic): string {
  return findRule(sobject, name)![0];
}

function comparable(topic: KafkaTopic, text: string): string {
  if (topic.operation === 'update') return text.slice(0, 15);
  const { match } = RULES[topic.sobject]!.fields[keyFieldOf(topic)]!;
  if (match === 'number') return String(Number(text));
  return match === 'any case' ? text.trim().toLowerCase() : text.trim();
}
