import type { DescribeField } from '../schema/describe.js';
import type { Query } from './query.js';
import type { Shape } from './execute.js';

/** A column of a result, as `columns=true` asks for it. */
export interface ColumnMetadata {
  readonly aggregate: boolean;
  readonly apexType: string | null;
  readonly booleanType: boolean;
  readonly columnName: string;
  readonly custom: boolean;
  readonly displayName: string;
  readonly foreignKeyName: string | null;
  readonly insertable: boolean;
  readonly joinColumns: readonly ColumnMetadata[];
  readonly numberType: boolean;
  readonly textType: boolean;
  readonly updatable: boolean;
}

const NUMBERS = ['int', 'long', 'double', 'currency', 'percent'];
const APEX_TYPES: Readonly<Record<string, string>> = {
  'tns:ID': 'Id',
  'xsd:boolean': 'Boolean',
  'xsd:int': 'Integer',
  'xsd:long': 'Long',
  'xsd:double': 'Double',
  'xsd:date': 'Date',
  'xsd:dateTime': 'Datetime',
  'xsd:time': 'Time',
};

/** Parents and children hold columns of their own. */
export function shapeColumns({ entries }: Shape): ColumnMetadata[] {
  return entries.map((entry) => {
    switch (entry.kind) {
      case 'field':
        return fieldColumn(entry.field);
      case 'parent':
        return { ...named(entry.lookup.relationshipName ?? ''), joinColumns: shapeColumns(entry.shape) };
      case 'children':
        return { ...named(entry.name), aggregate: true, joinColumns: shapeColumns(entry.shape) };
      case 'typeof':
        return named(entry.lookup.relationshipName ?? '');
    }
  });
}

export function aggregateColumns({ items }: Query): ColumnMetadata[] {
  let unnamed = 0;
  return items.map((item) => {
    if (item.kind === 'field') return named(item.alias ?? item.path.text.split('.').at(-1) ?? '');
    if (item.kind !== 'aggregate') return named('');
    const displayName = `${item.function.toLowerCase()}(${item.path?.text ?? ''})`;
    return { ...named(item.alias ?? `expr${unnamed++}`), aggregate: true, displayName, numberType: true };
  });
}

function fieldColumn(field: DescribeField): ColumnMetadata {
  return {
    ...named(field.name),
    apexType: APEX_TYPES[field.soapType] ?? 'String',
    booleanType: field.type === 'boolean',
    custom: field.custom,
    insertable: field.createable,
    numberType: NUMBERS.includes(field.type),
    textType: field.soapType === 'xsd:string',
    updatable: field.updateable,
  };
}

function named(columnName: string): ColumnMetadata {
  return {
    aggregate: false,
    apexType: null,
    booleanType: false,
    columnName,
    custom: false,
    displayName: columnName,
    foreignKeyName: null,
    insertable: false,
    joinColumns: [],
    numberType: false,
    textType: false,
    updatable: false,
  };
}
