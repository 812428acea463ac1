import type { AvroNames } from '../input/avro.js';
import type { FieldPlan } from './field-plan.js';

/** By so many of the sObject's fields an object under a name that says nothing is known for a record. */
const TELLING_FIELDS = 2;

/** What describe says of the names in a topic's records. */
export function avroNamesOf(plan: FieldPlan): AvroNames {
  const isField = (name: string): boolean => plan.describeOf(name) !== undefined;
  return {
    isReference: (name) => plan.hasRelationship(name),
    isRecord: (name, object) =>
      !isField(name) && !plan.hasRelationship(name) && Object.keys(object).filter(isField).length >= TELLING_FIELDS,
  };
}
