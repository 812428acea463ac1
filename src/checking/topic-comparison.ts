import type { FieldDiff, ShownValue, TopicDiff } from '../accounting/diff-report.js';
import { DroppedTally, ErrorTally } from '../accounting/error-tally.js';
import { isLosslessNumber } from 'lossless-json';
import type { Column, LinePosition, RecordError, RecordFields, Scalar, SourceRecord } from '../core/record.js';
import { visibleNames } from '../core/text.js';
import type { DiffAction } from '../input/own-lines.js';
import type { FieldPlan } from '../records/field-plan.js';
import { trimBlanks } from '../records/key.js';
import { scalarText } from '../records/values.js';
import { askedFields, compareValue, isComparable } from '../writers/comparison.js';
import {
  type PresentRow,
  type PresentValue,
  isIdOf,
  type KeyValue,
  keyProblem,
  PresentValues,
  type PresentValuesOptions,
} from '../writers/present-values.js';

/** A line of a key. */
interface Version {
  readonly place: number;
  readonly position: LinePosition;
}

/** What the versions of one key ask for, all together. */
export interface AskedState extends Pick<RecordFields, 'columns' | 'values'> {
  /** As it stands in its last version. */
  readonly key: KeyValue;
  readonly isGone: boolean;
  /** Where each value comes from; undefined where all come from the last version. */
  readonly sources: readonly Version[] | undefined;
  /** The first version since the record was last gone. */
  readonly first: Version;
  readonly last: Version;
}

/** Compares the keys of one topic with what the org holds, and keeps count. */
export class TopicComparison {
  readonly errors = new ErrorTally();
  readonly dropped = new DroppedTally();
  /** Folded, and to be compared together with others. */
  waiting: AskedState[] = [];
  readonly #present: PresentValues;
  readonly #counts = { create: 0, update: 0, unchanged: 0, delete: 0, not_comparable: 0 };
  readonly #fields = new Map<string, FieldDiff & { place: number }>();
  readonly #notCompared = new Map<string, number>();
  #keyless = 0;

  constructor(
    readonly plan: FieldPlan,
    options: PresentValuesOptions,
  ) {
    this.#present = new PresentValues(plan, options);
  }

  get keys(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  get differing(): number {
    const { create, update, delete: deleted } = this.#counts;
    return create + update + deleted;
  }

  fail(error: RecordError, { place, position }: Version): void {
    this.errors.add(error, { position, ordinal: place });
  }

  /** A record that nothing tells from others. */
  takeKeyless(): void {
    this.#keyless++;
    this.#counts.not_comparable++;
  }

  /** Asks the org for whole times `size` of what waits, or for all of it, and tells of the lines that are needed. */
  async compareWaiting(need: (place: number, action: DiffAction) => void, size = 1): Promise<void> {
    const states = this.waiting.splice(0, this.waiting.length - (this.waiting.length % size));
    if (states.length === 0) return;
    const columns = new Set(states.flatMap((state) => state.columns.filter(isComparable)));
    await this.#present.read(
      states,
      ({ key }) => key,
      [...columns],
      (state, rows) => {
        const action = this.#compare(state, rows);
        if (action === undefined) return;
        for (const { place } of neededLines(state, action === 'create', this.plan)) need(place, action);
      },
    );
  }

  /** What is to be done so that the org holds what is asked for; undefined where that is nothing, or nobody can say. */
  #compare(state: AskedState, rows: readonly PresentRow[]): DiffAction | undefined {
    const [row, ...others] = rows;
    if (row === undefined) return this.#compareMissing(state);
    if (others.length > 0) {
      this.#reject(state, rows.length);
      return undefined;
    }
    if (state.isGone) return this.#count('delete');
    let isDifferent = false;
    let isUnknown = false;
    for (const [i, column] of state.columns.entries()) {
      if (column.field === this.plan.keyField) continue;
      const asked = state.values[i] as Scalar;
      const isRead = !this.#present.unreadable.has(column);
      const held = isRead ? row.valueOf(column) : null;
      const verdict = isRead ? compareValue(asked, held, column, this.plan) : 'unknown';
      if (verdict === 'different') this.#noteField(column, asked, held, state, state.sources?.[i] ?? state.last);
      if (verdict === 'unknown') this.#notCompared.set(column.header, (this.#notCompared.get(column.header) ?? 0) + 1);
      isDifferent ||= verdict === 'different';
      isUnknown ||= verdict === 'unknown';
    }
    if (isDifferent) return this.#count('update');
    this.#counts[isUnknown ? 'not_comparable' : 'unchanged']++;
    return undefined;
  }

  /** Sentences on what was not compared. */
  warnings(): string[] {
    const { topic } = this.plan.mapping;
    const left = [
      ...Object.keys(this.dropped.countsOf('unwritable')),
      ...Object.keys(this.dropped.countsOf('unknown')),
    ];
    const keyless = this.#keyless === 1 ? '1 record has' : `${this.#keyless} records have`;
    const notCompared = [...this.#notCompared.keys()];
    const warnings: readonly (readonly [boolean, string])[] = [
      [left.length > 0, `not compared, since a replay does not send them: ${visibleNames(left)}`],
      [this.#keyless > 0, `${keyless} no key and cannot be compared`],
      [notCompared.length > 0, `values that cannot be compared: ${visibleNames(notCompared)}`],
    ];
    return warnings.flatMap(([isSaid, warning]) => (isSaid ? [`${topic}: ${warning}`] : []));
  }

  report(): TopicDiff {
    const fields = [...this.#fields.values()].sort((a, b) => b.count - a.count || a.place - b.place);
    return {
      topic: this.plan.mapping.topic,
      sobject: this.plan.sobject,
      keys: this.keys,
      ...this.#counts,
      fields: fields.map(({ field, count, example }) => ({ field, count, example })),
      not_compared: Object.fromEntries([...this.#notCompared].sort(([, a], [, b]) => b - a)),
      errors: this.errors.list(),
    };
  }

  #compareMissing(state: AskedState): DiffAction | undefined {
    const { plan } = this;
    const { operation } = plan.mapping;
    if (state.isGone) {
      // Gone already, unless it is a key that no record ever had.
      if (plan.keyField === 'Id' && !isIdOf(trimBlanks(scalarText(state.key)), plan)) this.#reject(state, 0);
      else this.#counts.unchanged++;
      return undefined;
    }
    // An upsert by Id creates only what has no Id.
    if (operation !== 'update' && plan.keyField !== 'Id') return this.#count('create');
    this.#reject(state, 0);
    return undefined;
  }

  #count(action: DiffAction): DiffAction {
    this.#counts[action]++;
    return action;
  }

  #reject(state: AskedState, count: number): void {
    this.#counts.not_comparable++;
    this.fail(keyProblem(this.plan, state.key, count), state.last);
  }

  #noteField(column: Column, asked: Scalar, held: PresentValue, state: AskedState, source: Version): void {
    const field = column.header;
    const known = this.#fields.get(field);
    const count = (known?.count ?? 0) + 1;
    if (known !== undefined && known.place < source.place) {
      known.count = count;
      return;
    }
    const key = trimBlanks(scalarText(state.key));
    const example = { ...source.position, key, input: shown(asked), org: shown(held) };
    this.#fields.set(field, { field, count, example, place: source.place });
  }
}

/** The state after one more version: later fields win, and a delete or tombstone means gone. */
export function foldVersion(
  earlier: AskedState | undefined,
  record: SourceRecord,
  key: KeyValue,
  version: Version,
): AskedState {
  const isGone = record.mapping.operation === 'delete';
  const { columns, values } = isGone ? { columns: [], values: [] } : askedFields(record);
  const alone = { key, isGone, columns, values, sources: undefined, first: version, last: version };
  if (earlier === undefined || earlier.isGone || isGone) return alone;
  const { first } = earlier;
  if (earlier.columns === columns) return { ...alone, first };
  const byField = new Map<string, { column: Column; value: Scalar; source: Version }>();
  const add = (state: AskedState): void => {
    for (const [i, column] of state.columns.entries()) {
      const source = state.sources?.[i] ?? state.last;
      byField.set(column.field.toLowerCase(), { column, value: state.values[i] as Scalar, source });
    }
  };
  add(earlier);
  add(alone);
  const members = [...byField.values()];
  return {
    ...alone,
    first,
    columns: members.map(({ column }) => column),
    values: members.map(({ value }) => value),
    sources: members.map(({ source }) => source),
  };
}

/** The lines that the state needs to be written: those that hold something of it, and for a new record the first. */
function neededLines({ first, last, sources }: AskedState, isNew: boolean, plan: FieldPlan): Version[] {
  if (sources === undefined && !isNew) return [last];
  const needed = new Map<number, Version>([[last.place, last]]);
  // What a record needs to be created may stand in its first line alone; from then on every line is an update.
  if (isNew && !plan.looksUpIds) needed.set(first.place, first);
  for (const source of sources ?? []) needed.set(source.place, source);
  return [...needed.values()];
}

/** A number with more digits than a double has is shown as its text. */
function shown(value: Scalar | PresentValue): ShownValue {
  if (isLosslessNumber(value)) return value.value;
  return typeof value === 'symbol' ? null : value;
}
