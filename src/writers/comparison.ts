import { isLosslessNumber } from 'lossless-json';
import type { FieldDescribe } from '../core/describe.js';
import type { Column, RecordFields, Scalar, SourceRecord } from '../core/record.js';
import { exactKey } from '../records/key.js';
import { NUMBER_TYPES, type FieldPlan } from '../records/field-plan.js';
import { scalarText } from '../records/values.js';
import { REFERENCE_HIDDEN, type PresentValue } from './present-row.js';
import { comparableCell } from './rendering.js';

/** `unknown`: they cannot be compared, and nobody guesses. */
export type Verdict = 'equal' | 'different' | 'unknown';

/** Can values of the column be compared, whatever they are? */
export function isComparable(column: Column): boolean {
  // What is encrypted comes back masked, and a file as a link.
  return column.type !== 'encryptedstring' && column.type !== 'base64';
}

/** Is what a record asks for in a column what the org holds? */
export function compareValue(asked: Scalar, held: PresentValue, column: Column, plan: FieldPlan): Verdict {
  if (held === REFERENCE_HIDDEN || !isComparable(column)) return 'unknown';
  if (column.reference !== undefined) return compareReference(asked, held, parentFieldOf(column, plan));
  const field = plan.describeOf(column.field);
  const verdict = areAlike(asked, held, column) ? 'equal' : 'different';
  if (verdict === 'equal' || field === undefined) return verdict;
  // HTML is written anew by the platform, and an upsert leaves such a field of a record that is there as it is.
  return field.htmlFormatted || !field.updateable ? 'unknown' : verdict;
}

/** In bulk a cell of blanks is passed over: it asks for nothing. */
export function askedFields({ fields, mapping }: SourceRecord): Pick<RecordFields, 'columns' | 'values'> {
  const { columns, values } = fields;
  const isAsked = (value: Scalar): boolean => typeof value !== 'string' || value.trim() !== '';
  if (mapping.mode !== 'bulk' || values.every(isAsked)) return { columns, values };
  return { columns: columns.filter((_, i) => isAsked(values[i] as Scalar)), values: values.filter(isAsked) };
}

function areAlike(asked: Scalar, held: PresentValue, column: Column): boolean {
  const typed = column.type === 'unknown' ? { ...column, type: typeOf(held) } : column;
  const [a, b] = [comparableCell(textOf(asked), typed, 'stored'), comparableCell(textOf(held), typed, 'stored')];
  if (a === b) return true;
  if (typed.type === 'unknown' && typeof held === 'string') return isSameId(textOf(asked), held);
  // Many orgs keep whole seconds.
  return typed.type === 'datetime' && Number(b) % 1000 === 0 && Math.floor(Number(a) / 1000) === Number(b) / 1000;
}

/** Where the org was not asked for the type, what it gives back tells it. */
function typeOf(held: PresentValue): string {
  return typeof held === 'number' ? 'double' : typeof held === 'boolean' ? 'boolean' : 'unknown';
}

function isSameId(asked: string, held: string): boolean {
  return asked.length === 15 && held.length === 18 && held.startsWith(asked);
}

/** By the parent's key. Keys that differ in case alone are one only where the field is known to mind no case. */
function compareReference(asked: Scalar, held: PresentValue, field: FieldDescribe | undefined): Verdict {
  if (asked === null || held === null) return asked === held ? 'equal' : 'different';
  const kind = field === undefined ? (typeof held === 'number' ? 'number' : 'unknown') : kindOf(field);
  const keys = (ignoresCase: boolean): boolean =>
    exactKey(scalarText(asked), kind, ignoresCase) === exactKey(String(held), kind, ignoresCase);
  if (keys(field !== undefined && field.unique && !field.caseSensitive)) return 'equal';
  return field === undefined && keys(true) ? 'unknown' : 'different';
}

/** Describe's word on the field of the parent that a reference names, where the parent was described. */
function parentFieldOf({ field, reference }: Column, plan: FieldPlan): FieldDescribe | undefined {
  const type = reference?.type ?? plan.describeOf(field)?.referenceTo[0] ?? '';
  const name = reference?.field.toLowerCase();
  return plan.describes.get(type.toLowerCase())?.fields.find((one) => one.name.toLowerCase() === name);
}

function kindOf({ type }: FieldDescribe): 'id' | 'number' | 'text' {
  return type === 'id' ? 'id' : NUMBER_TYPES.has(type) ? 'number' : 'text';
}

function textOf(value: Scalar | PresentValue): string {
  if (value === null) return '';
  return isLosslessNumber(value) ? value.value : String(value);
}
