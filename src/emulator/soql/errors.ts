import { ApiError } from '../api-error.js';

/** How many characters an excerpt holds at most on each side. */
const EXCERPT_CHARS = 34;

const SEPARATOR = /[\s,]/;

/** A refusal that points into the statement, as an org words it. */
export function queryError(errorCode: string, message: string, text: string, at: number): ApiError {
  const before = text.slice(0, at);
  const row = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const [start, end] = [excerptStart(text, at), excerptEnd(text, at)];
  const excerpt = `${text.slice(start, end)}\n${' '.repeat(at - start)}^`;
  return new ApiError(400, errorCode, `\n${excerpt}\nERROR at Row:${row}:Column:${column}\n${message}`);
}

/** The excerpt begins and ends with whole words. */
function excerptStart(text: string, at: number): number {
  let start = Math.max(0, at - EXCERPT_CHARS);
  while (start > 0 && start < at && !SEPARATOR.test(text[start - 1] ?? '')) start++;
  while (start < at && /\s/.test(text[start] ?? '')) start++;
  return start;
}

function excerptEnd(text: string, at: number): number {
  let end = Math.min(text.length, at + EXCERPT_CHARS);
  while (end < text.length && end > at + 1 && !SEPARATOR.test(text[end] ?? '')) end--;
  return end;
}

const REFERENCE = 'Please reference your WSDL or the describe call for the appropriate names.';

export function unknownType(name: string): string {
  return (
    `sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the ` +
    `'__c' after the entity name. ${REFERENCE}`
  );
}

export function unknownColumn(name: string, entity: string): string {
  return (
    `No such column '${name}' on entity '${entity}'. If you are attempting to use a custom field, be sure to append ` +
    `the '__c' after the custom field name. ${REFERENCE}`
  );
}

/** @param place `field path` or `FROM part of query call` */
export function unknownRelationship(name: string, place: string): string {
  return (
    `Didn't understand relationship '${name}' in ${place}. If you are attempting to use a custom relationship, be ` +
    `sure to append the '__r' after the custom relationship name. ${REFERENCE}`
  );
}
