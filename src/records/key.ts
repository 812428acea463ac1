import { crc32 } from 'node:zlib';
import Big from 'big.js';
import { isLosslessNumber } from 'lossless-json';
import type { JsonValue } from '../core/record.js';
import type { Shard } from '../core/settings.js';

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
      return isNumber(text) ? String(Number(text)) : fold(text);
    case 'unknown':
      return isNumber(text) ? exactNumber(text) : fold(text);
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
  if (kind === 'id' || (kind === 'number' && isNumber(text))) return comparableKey(text, kind);
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

/** `-12.50`, `.5`, `1e3`: as both APIs read a number, without blanks around it. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text);
}

/** Digits before the point; an org keeps those after it, however many. `text` must be a number. */
export function integerDigits(text: string): number {
  const { c: digits, e: exponent } = bigOf(text);
  return digits[0] === 0 ? 0 : Math.max(0, exponent + 1);
}

/**
 * Is this line one of the shard's? `key` is the record's key as it stands in the line, and `text` the line, which decides
 * where there is no key. Every line is in exactly one of the shards, and every key.
 */
export function isInShard({ index, count }: Shard, key: JsonValue | undefined, text: string): boolean {
  return count === 1 || crc32(shardKey(key) ?? text) % count === index - 1;
}

/**
 * A key in a form that is equal for any two values that a field of any type might take for one key. Coarser than
 * `comparableKey`, for it must not depend on what the org says of the field: other runs of the same dump may not ask it.
 */
function shardKey(value: JsonValue | undefined): string | undefined {
  const folded = fold(keyText(value)?.trim() ?? '');
  if (folded === '') return undefined;
  // The last three of an 18-character Id only repeat the letters' cases.
  const text = /^[0-9a-z]{18}$/.test(folded) && !isNumber(folded) ? folded.slice(0, 15) : folded;
  return isNumber(text) ? String(Number(text)) : text;
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
  const { s: sign, c: digits, e: exponent } = bigOf(text);
  return digits[0] === 0 ? '0' : `${sign < 0 ? '-' : ''}${digits.join('')}e${exponent}`;
}

function bigOf(number: string): Big {
  return new Big(number.replace(/^\+/, ''));
}
