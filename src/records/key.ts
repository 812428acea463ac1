import { isLosslessNumber } from 'lossless-json';
import type { JsonValue } from '../core/record.js';

/** How Salesforce compares the values of a key field. `unknown`: the org was not asked. */
export type KeyKind = 'id' | 'text' | 'number' | 'unknown';

const ASCII = /^[\x20-\x7e]*$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The comparable form of a key: equal for any two values that Salesforce might take for one key, so that records that
 * share it are never in flight together. Undefined when the value is absent, null or blank; `'unsupported'` as the
 * kind of result tells a value that cannot be a key.
 *
 * - `id`: the 15- and the 18-character form are one key (the last three only repeat the letters' cases).
 * - `text`: without regard to case and outer blanks. Salesforce does so for some fields only; for the others this is
 *   merely careful.
 * - `number`: as a double, which is what the org stores.
 * - `unknown`: numbers of equal value are one key, with all their digits; everything else is text.
 */
export function comparableKey(value: JsonValue | undefined, kind: KeyKind): string | undefined {
  const text = keyText(value)?.trim();
  if (text === undefined || text === '') return undefined;
  switch (kind) {
    case 'id':
      return /^[a-zA-Z0-9]{18}$/.test(text) ? text.slice(0, 15) : text;
    case 'number':
      return NUMBER.test(text) ? String(Number(text)) : fold(text);
    case 'unknown':
      return NUMBER.test(text) ? exactNumber(text) : fold(text);
    case 'text':
      return fold(text);
  }
}

/**
 * The key in a form that is equal only for values that Salesforce is sure to take for one key. Two records whose
 * `comparableKey` is equal and whose exact key is not are kept apart, but are not one record.
 *
 * Blanks beyond ASCII are part of a key, and of a field that nobody has described only equal texts are one.
 */
export function exactKey(value: JsonValue | undefined, kind: KeyKind, ignoresCase: boolean): string | undefined {
  const text = trimBlanks(keyText(value) ?? '');
  if (text === '') return undefined;
  if (kind === 'id' || (kind === 'number' && NUMBER.test(text))) return comparableKey(text, kind);
  // Beyond ASCII nobody knows which letters an org folds.
  return ignoresCase ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
}

/** Without the outer blanks that every org takes away: those of ASCII. */
export function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (start < end && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** True for a value that no field can hold as a key: an object or a list. */
export function isUnusableKey(value: JsonValue | undefined): boolean {
  return typeof value === 'object' && value !== null && !isLosslessNumber(value);
}

/** A regular expression would look from every zero of the text. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits.charAt(end - 1) === '0') end--;
  return digits.slice(0, end);
}

function keyText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isLosslessNumber(value)) return value.value;
  return undefined;
}

/** A space, or one of the five controls that move on. */
function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Upper case first: it joins letters that have several lower-case forms (`ſ` and `s`, `ς` and `σ`). */
function fold(text: string): string {
  // The same, for what keys mostly are.
  if (ASCII.test(text)) return text.toLowerCase();
  return text.normalize('NFC').toUpperCase().toLowerCase();
}

/** `1`, `1.0`, `10e-1` are one; 20-digit numbers that differ in the last digit are two. */
function exactNumber(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const isNegative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  const significant = withoutTrailingZeros(digits);
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${isNegative ? '-' : ''}${significant}e${power}`;
}
