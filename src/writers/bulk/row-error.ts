import type { Column } from '../../core/record.js';
import type { ApiError } from '../../salesforce/errors.js';

/** ` --` ends an error where nothing follows, or the next one; a message may hold it, too. */
const END_OF_ERROR = / ?--(?=$|\s*[A-Z][A-Z_]+:)/;

/**
 * Reads an `sf__Error` cell: `CODE:message:Field1 Field2 --`, or `CODE:message:--` without fields. The message may hold
 * colons, quotes and line breaks; of several errors in a row the first one counts.
 */
export function parseRowError(cell: string): ApiError {
  const first = cell.trim().split(END_OF_ERROR, 1)[0] ?? cell;
  const [code = ''] = first.split(':', 1);
  if (!/^[A-Za-z_]+$/.test(code)) return { code: 'UNKNOWN', message: cell.trim(), fields: [] };
  const rest = first.slice(code.length + 1);
  const lastColon = rest.lastIndexOf(':');
  const tail = lastColon < 0 ? '' : rest.slice(lastColon + 1);
  // What follows the last colon is the list of fields, unless it reads as part of the message.
  if (lastColon < 0 || !/^[\w.]*(?: [\w.]+)*\s*$/.test(tail)) return { code, message: rest.trim(), fields: [] };
  return { code, message: rest.slice(0, lastColon).trim(), fields: tail.split(' ').filter((field) => field !== '') };
}

/** Reads a job's `errorMessage`: `InvalidBatch : Field name not found : Foo__c`; the prefix may stand twice. */
export function parseJobError(errorMessage: string | undefined): ApiError {
  const text = errorMessage?.trim() ?? '';
  const match = /^(?:(\w+)\s*:\s*)(?:\1\s*:\s*)?([\s\S]+)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    return {
      code: 'JOB_FAILED',
      message: text === '' ? 'The job failed; Salesforce gave no reason' : text,
      fields: [],
    };
  }
  return { code: match[1], message: match[2].trim(), fields: [] };
}

/** The column that a file was refused for: Salesforce names the first one only, or the relationship that takes no type. */
export function unknownColumn({ message }: ApiError, columns: readonly Column[]): Column | undefined {
  const named = /Field name not found\s*:\s*([^]*\S)/i.exec(message)?.[1]?.toLowerCase();
  const untyped = /non polymorphic foreign key references\s*:\s*(\S+)/i.exec(message)?.[1]?.toLowerCase();
  return (
    columns.find(({ header }) => header.trim().toLowerCase() === named) ??
    columns.find(({ reference }) => reference?.type !== undefined && reference.relationship.toLowerCase() === untyped)
  );
}
