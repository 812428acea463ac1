import type { JsonObject, RecordFields, Scalar } from '../core/record.js';
import { scalarText } from './values.js';

/** The end of a member's name. A text that holds one, too, is only taken for one name more. */
const NAME_END = /"\s*:/g;

/**
 * The members of the line's record as JSON, where they are sent as they stand in the line: copying them costs much less than
 * writing them anew. Undefined where that is not certain: the record is then written anew.
 */
export function membersAsWritten(
  text: string,
  data: JsonObject,
  fields: RecordFields,
  isBare: boolean,
): string | undefined {
  const shortest = charsOfMembers(data, fields);
  if (shortest === undefined) return undefined;
  const start = isBare ? text.indexOf('{') + 1 : startOfData(text);
  const end = isBare ? text.lastIndexOf('}') : endOfData(text);
  if (start === undefined || end === undefined) return undefined;
  const members = text.slice(start, end);
  // A member that is there twice, or one of another object, makes it longer, and has a name that is not one of `fields`.
  const isAlone = members.length === shortest || members.match(NAME_END)?.length === fields.columns.length;
  return isAlone ? members : undefined;
}

/** The length of the members without blanks and escapes; undefined unless each is sent, in this order, by its own name and with its own value. */
function charsOfMembers(data: JsonObject, { columns, values }: RecordFields): number | undefined {
  let count = 0;
  let chars = -1;
  for (const name in data) {
    const column = columns[count];
    const value = values[count] as Scalar;
    if (column?.header !== name || column.reference !== undefined || value !== data[name]) return undefined;
    chars += name.length + (typeof value === 'string' ? value.length + 6 : scalarText(value ?? 'null').length + 4);
    count++;
  }
  return count === columns.length ? chars : undefined;
}

/** Where the record's first member stands, if `data` is the first member of the line that is an object. */
function startOfData(text: string): number | undefined {
  const brace = text.indexOf('{', text.indexOf('{') + 1);
  const before = text.slice(0, brace);
  // Without escapes, `"data":` at this place is a name, and the line's own.
  return !before.includes('\\') && /"data"\s*:\s*$/.test(before) ? brace + 1 : undefined;
}

/** Where the record's last brace stands, if the record is the line's last member. */
function endOfData(text: string): number | undefined {
  const last = text.lastIndexOf('}');
  const end = text.lastIndexOf('}', last - 1);
  return text.slice(end + 1, last).trim() === '' ? end : undefined;
}
