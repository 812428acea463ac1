import type { FieldDescribe } from '../../src/core/describe.js';
import type { Operation, TopicMapping } from '../../src/core/record.js';

/** A field as describe tells of it, with all that a user may do. */
export function describedField(name: string, type: string, more: Partial<FieldDescribe> = {}): FieldDescribe {
  return {
    ...{ name, label: name, type, length: 255, precision: 18, scale: 0, digits: 0 },
    ...{ createable: true, updateable: true, nillable: true, defaultedOnCreate: false, calculated: false },
    ...{ autoNumber: false, externalId: false, idLookup: false, unique: false, caseSensitive: false },
    ...{ relationshipName: undefined, referenceTo: [], polymorphicForeignKey: false, restrictedPicklist: false },
    ...{ picklistValues: [], compoundFieldName: undefined, htmlFormatted: false },
    ...more,
  };
}

export function mapping(operation: Operation, externalIdField: string): TopicMapping {
  return {
    ...{ topic: 't', sobject: 'Account', operation, externalIdField, mode: 'realtime', allOrNone: false },
    ...{ compact: false, dependsOn: [], tombstones: 'fail' },
  };
}
