import { Big } from 'big.js';
import { LosslessNumber } from 'lossless-json';

/** A number with the digits it was written with: a JavaScript number where that prints the same, else the exact text. */
export type ExactNumber = number | LosslessNumber;

const NUMERAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

export function isNumeral(text: string): boolean {
  return NUMERAL.test(text);
}

/** `text` must be a numeral. `String(result)` gives it back as written, but for a plus sign and a bare point. */
export function exactNumber(text: string): ExactNumber {
  const value = Number(text);
  return String(value) === text ? value : new LosslessNumber(plain(text).replace(/^(-?)0+(?=\d)/, '$1'));
}

/** Digits before the point, without leading zeros. */
export function countIntegerDigits(text: string): number {
  const { c, e } = new Big(plain(text));
  return c[0] === 0 ? 0 : Math.max(0, e + 1);
}

/** One text for all numerals of one value: `1`, `1.0` and `10e-1` are alike. */
export function canonicalNumeral(text: string): string {
  const value = new Big(plain(text));
  // There is a negative zero.
  return value.c[0] === 0 ? '0' : value.toExponential();
}

/** As Java prints a double, which is how bulk results render numbers: `12.0`, `9.12260031E8`. */
export function javaDouble(text: string): string {
  const value = Number(text);
  const magnitude = Math.abs(value);
  if (magnitude === 0) return '0.0';
  if (magnitude >= 1e-3 && magnitude < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** Without plus sign and bare point. */
function plain(text: string): string {
  return text
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?=$|[eE])/, '');
}
