import type { Column, Scalar, SourceRecord } from '../core/record.js';
import type { FieldDescribe, SObjectDescribe } from '../core/describe.js';
import type { FieldPlan } from '../records/field-plan.js';
import type { Describes } from '../records/references.js';
import { scalarText } from '../records/values.js';
import { checkValue, isBlank, type ValueProblem } from './value-check.js';

/** Something that the org would refuse, or may. */
export interface Finding extends ValueProblem {
  /** Null where it is the record as a whole. */
  readonly field: string | null;
}

/** Where the values of a column go. */
interface Target {
  readonly field: FieldDescribe | undefined;
  /** The beginnings of the Ids that it takes; undefined where they are not known. */
  readonly prefixes: readonly string[] | undefined;
}

/** Checks the records of one mapping against describe. Finds nothing where the org was not asked. */
export class RecordCheck {
  readonly #describe: SObjectDescribe | undefined;
  readonly #required: readonly FieldDescribe[];
  /** What a value of each column must be: shared between records of one shape. */
  readonly #targets = new Map<Column, Target>();

  constructor(
    private readonly plan: FieldPlan,
    private readonly describes: Describes,
  ) {
    const { operation, sobject } = plan.mapping;
    const describe = describes.get(sobject.toLowerCase());
    this.#describe = describe;
    const mayCreate = operation === 'insert' || operation === 'upsert';
    this.#required = mayCreate ? (describe?.fields ?? []).filter(isRequired) : [];
  }

  /** At most one finding a field. Empty where nothing is wrong. */
  findingsOf(record: SourceRecord): readonly Finding[] {
    if (this.#describe === undefined) return [];
    const findings: Finding[] = [];
    const { columns, values } = record.fields;
    for (let i = 0; i < columns.length; i++) {
      const finding = this.#check(columns[i] as Column, values[i] as Scalar);
      if (finding !== undefined) findings.push(finding);
    }
    const missing = this.#missing(record);
    if (missing !== undefined) findings.push(missing);
    return findings;
  }

  #check(column: Column, value: Scalar): Finding | undefined {
    const { plan } = this;
    let target = this.#targets.get(column);
    if (target === undefined) this.#targets.set(column, (target = this.#targetOf(column)));
    const { field, prefixes } = target;
    if (field === undefined) return undefined;
    const problem = column.reference === undefined ? this.#checkOwn(field, prefixes, value) : undefined;
    if (problem !== undefined) return { ...problem, field: field.name };
    const isHalfWritable = plan.mapping.operation === 'upsert' && field.createable !== field.updateable;
    if (!isHalfWritable || plan.policy !== 'fail') return undefined;
    const when = field.createable ? 'updated' : 'created';
    const message = `${field.name} cannot be written when a record is ${when}`;
    const code = 'INVALID_FIELD_FOR_INSERT_UPDATE';
    return { code, message, field: field.name, certainty: 'may_fail' };
  }

  #checkOwn(field: FieldDescribe, prefixes: Target['prefixes'], value: Scalar): ValueProblem | undefined {
    const { mode, operation } = this.plan.mapping;
    const isId = field.type === 'id' || field.type === 'reference';
    if (!isId || value === null) return checkValue(field, value, mode);
    const isTrimmed = field.type === 'id' && (mode === 'bulk' || operation === 'delete');
    const text = isTrimmed ? scalarText(value).trim() : scalarText(value);
    if (mode === 'bulk' && text.trim() === '') return undefined;
    const problem = checkValue(field, text, mode);
    if (problem !== undefined || prefixes === undefined) return problem;
    if (prefixes.some((prefix) => text.startsWith(prefix))) return undefined;
    const message = `${field.name}: id value of incorrect type: ${text}`;
    return { code: 'MALFORMED_ID', message, certainty: 'would_fail' };
  }

  #targetOf(column: Column): Target {
    const { plan } = this;
    const field = plan.describeOf(column.field);
    const isIdKey = column.field === 'Id' && plan.keyField === 'Id';
    return { field, prefixes: this.#prefixes(isIdKey ? [plan.sobject] : (field?.referenceTo ?? [])) };
  }

  /** The beginnings of the Ids of these sObjects; undefined where one of them was not described. */
  #prefixes(sobjects: readonly string[]): readonly string[] | undefined {
    const prefixes = sobjects.map((sobject) => this.describes.get(sobject.toLowerCase())?.keyPrefix);
    return prefixes.length === 0 || prefixes.includes(undefined) ? undefined : (prefixes as string[]);
  }

  /** The fields that a new record needs and this one does not have. */
  #missing(record: SourceRecord): Finding | undefined {
    if (this.#required.length === 0) return undefined;
    const { operation, mode } = this.plan.mapping;
    if (this.plan.keyField === 'Id' && record.key !== undefined) return undefined;
    const { columns, values } = record.fields;
    const isGiven = ({ name }: FieldDescribe): boolean =>
      columns.some((column, i) => column.field === name && !isBlankCell(column, values[i] as Scalar, mode, this.plan));
    const missing = this.#required.filter((field) => !isGiven(field));
    const [first] = missing;
    if (first === undefined) return undefined;
    const condition = operation === 'upsert' && record.key !== undefined ? ', if the record is new' : '';
    return {
      code: 'REQUIRED_FIELD_MISSING',
      message: `Required fields are missing: [${missing.map(({ name }) => name).join(', ')}]${condition}`,
      field: missing.length === 1 ? first.name : null,
      certainty: 'may_fail',
    };
  }
}

function isBlankCell(column: Column, value: Scalar, mode: string, plan: FieldPlan): boolean {
  // What is cleared explicitly is told as such.
  return (
    mode === 'bulk' && value !== null && column.reference === undefined && isBlank(plan.describeOf(column.field), value)
  );
}

function isRequired({ createable, nillable, defaultedOnCreate }: FieldDescribe): boolean {
  return createable && !nillable && !defaultedOnCreate;
}
