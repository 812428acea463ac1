import { createHash } from 'node:crypto';
import type { Column, JsonValue, Message, RecordFields, Scalar } from '../core/record.js';
import type { FieldPlan } from './field-plan.js';
import { comparableKey, isUnusableKey, trimBlanks } from './key.js';
import { scalarText } from './values.js';

/** Gives the records of a topic of inserts a value that is the same whenever their lines are replayed. */
export class InsertKeys {
  readonly #column: Column;
  readonly #maxLength: number;
  readonly #occurrences = new Occurrences();
  /** Records of one shape are given one array. */
  readonly #columns = new WeakMap<readonly Column[], readonly Column[]>();

  private constructor(plan: FieldPlan, column: Column) {
    this.#column = column;
    this.#maxLength = plan.describeOf(column.field)?.length ?? MAX_LENGTH;
  }

  /** Undefined for a mapping that has no `insert_key`. */
  static of(plan: FieldPlan): InsertKeys | undefined {
    const { insertKey } = plan.mapping;
    const target = insertKey === undefined ? undefined : plan.target(insertKey);
    return target?.kind === 'column' ? new InsertKeys(plan, target.column) : undefined;
  }

  /**
   * To be called once for each line, in order. `own`: the line's own value for the field, which is given back where it can be
   * none.
   */
  valueOf({ topic, place, recordText = '', insertKey: earlier }: Message, own: JsonValue | undefined): JsonValue {
    if (own !== undefined && isUnusableKey(own)) return own;
    if (comparableKey(own, 'text') !== undefined) return this.#fitting(trimBlanks(scalarText(own as string)));
    if (earlier !== undefined) return earlier;
    if (place !== undefined) return this.#fitting(`${topic}/${place}`);
    const hash = sha256(`${topic}\n${recordText}`);
    const ordinal = this.#occurrences.next(hash);
    return (ordinal === 0 ? hash : sha256(`${hash.toString('base64url')}\n${ordinal}`)).toString('base64url');
  }

  /** The record's fields with this value of the key, whatever they had. */
  put({ columns, values }: RecordFields, value: Scalar): RecordFields {
    const at = columns.indexOf(this.#column);
    if (at >= 0) return { columns, values: values.with(at, value) };
    let withKey = this.#columns.get(columns);
    if (withKey === undefined) this.#columns.set(columns, (withKey = [...columns, this.#column]));
    return { columns: withKey, values: [...values, value] };
  }

  #fitting(value: string): string {
    return value.length <= this.#maxLength ? value : sha256(value).toString('base64url');
  }
}

/** The longest text that can be an external id. */
const MAX_LENGTH = 255;
const FIRST_SLOTS = 1024;

/** How often each hash came: 64 bits of it and a count, in a table of which a quarter is free, so in 16 to 32 bytes for each. */
export class Occurrences {
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  #counts = new Uint32Array(FIRST_SLOTS);
  #used = 0;

  /** How often the hash came before. */
  next(hash: Buffer): number {
    if (4 * this.#used >= 3 * this.#counts.length) this.#grow();
    const at = this.#slotOf(hash.readUInt32BE(0), hash.readUInt32BE(4));
    const before = this.#counts[at] as number;
    this.#counts[at] = before + 1;
    if (before === 0) this.#used++;
    return before;
  }

  /** That of the hash, or the free one where it belongs. */
  #slotOf(high: number, low: number): number {
    const mask = this.#counts.length - 1;
    let at = low & mask;
    while (this.#counts[at] !== 0 && (this.#high[at] !== high || this.#low[at] !== low)) at = (at + 1) & mask;
    this.#high[at] = high;
    this.#low[at] = low;
    return at;
  }

  #grow(): void {
    const [high, low, counts] = [this.#high, this.#low, this.#counts];
    this.#high = new Uint32Array(2 * counts.length);
    this.#low = new Uint32Array(2 * counts.length);
    this.#counts = new Uint32Array(2 * counts.length);
    counts.forEach((count, at) => {
      if (count > 0) this.#counts[this.#slotOf(high[at] as number, low[at] as number)] = count;
    });
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
