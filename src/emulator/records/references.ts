import { recordError, type RecordError } from '../api-error.js';
import { normalizeId } from '../ids.js';
import type { Org } from '../org.js';
import type { DescribeField } from '../schema/describe.js';
import { malformedId, valueOf, type ParentReference, type WriteRow } from './row.js';
import type { StoredRow } from './store.js';

/** Resolves references by external id into Ids and checks every Id given. The row's values are completed in place. */
export function checkReferences(org: Org, row: WriteRow, target: StoredRow | undefined): RecordError[] {
  const errors: RecordError[] = [];
  for (const reference of row.references) {
    if (valueOf(row, reference.field) !== undefined) {
      const message = `Field ${reference.field.name} and relationship ${reference.field.relationshipName ?? ''} are both given`;
      return [recordError('INVALID_FIELD', message, [reference.field.name])];
    }
  }
  for (const reference of row.references) {
    const parent = resolve(org, reference);
    if ('statusCode' in parent) return [parent];
    row.fields.push(reference.field);
    row.values.push(parent.id);
  }
  row.fields.forEach((field, index) => {
    const value = row.values[index] ?? null;
    if (field.type !== 'reference' || value === null) return;
    const checked = checkReferenceId(org, row, field, String(value), target);
    if (typeof checked === 'string') row.values[index] = checked;
    else errors.push(checked);
  });
  return errors.slice(0, 1);
}

function resolve(org: Org, { parentType, parentField, value }: ParentReference): StoredRow | RecordError {
  const found = org.store.table(parentType).find(parentField, value);
  const [parent] = found;
  if (found.length > 1) {
    const message = `${parentField.name}: more than one record found for external id field: [${found.map((r) => r.id).join(', ')}]`;
    return recordError('DUPLICATE_EXTERNAL_ID', message);
  }
  if (parent) return parent;
  if (org.isDiscarding) {
    return {
      id: org.ids.next(parentType.keyPrefix),
      type: parentType,
      values: {},
      isDeleted: false,
      createdMs: 0,
      modifiedMs: 0,
    };
  }
  const message = `Foreign key external ID: ${String(value).toLowerCase()} not found for field ${parentField.name} in entity ${parentType.name}`;
  return recordError('INVALID_FIELD', message);
}

/** The Id in its 18-character form, or what is wrong with it. */
function checkReferenceId(
  org: Org,
  row: WriteRow,
  field: DescribeField,
  given: string,
  target: StoredRow | undefined,
): string | RecordError {
  const id = normalizeId(given);
  if (id === undefined) return malformedId(field, given);
  const { recordTypeInfos } = row.type.document;
  if (field.name === 'RecordTypeId' && recordTypeInfos.length > 0) {
    if (recordTypeInfos.some(({ recordTypeId, available }) => available && normalizeId(recordTypeId) === id)) return id;
    const message = `${field.label}: this ID value isn't valid for the user: ${id}`;
    return recordError('INVALID_CROSS_REFERENCE_KEY', message, [field.name]);
  }
  const types = field.referenceTo.map((name) => org.schema.type(name));
  const type = types.find((one) => one && id.startsWith(one.keyPrefix));
  if (!type) {
    // An sObject that is not part of the schema (a queue's Group, say) cannot be checked.
    if (types.includes(undefined)) return id;
    return malformedId(field, given);
  }
  if (org.isDiscarding) return id;
  const parent = org.store.table(type).rows.get(id);
  if (!parent) return recordError('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field.name]);
  if (parent.isDeleted) return recordError('ENTITY_IS_DELETED', 'entity is deleted', [field.name]);
  if (parent === target) {
    return recordError('CIRCULAR_DEPENDENCY', 'attempt to create a cycle in a hierarchy', [field.name]);
  }
  return id;
}
