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
  if (String(value) === text) return value;
  const json = text
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?=$|[eE])/, '')
    .replace(/^(-?)0+(?=\d)/, '$1');
  return new LosslessNumber(json);
}

interface Decimal {
  readonly negative: boolean;
  /** Without leading zeros; the value is digits × 10^exponent. */
  readonly digits: string;
  readonly exponent: number;
}

export function countIntegerDigits(text: string): number {
  const { digits, exponent } = parse(text);
  return digits === '' ? 0 : Math.max(0, digits.length + exponent);
}

/** One text for all numerals of one value: `1`, `1.0` and `10e-1` are alike. */
export function canonicalNumeral(text: string): string {
  const { negative, digits, exponent } = parse(text);
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${negative ? '-' : ''}${significant}e${exponent + digits.length - significant.length}`;
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

function parse(text: string): Decimal {
  const [mantissa = '', exponentText = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  return {
    negative: text.startsWith('-'),
    digits: (whole + fraction).replace(/^0+/, ''),
    exponent: Number(exponentText) - fraction.length,
  };
}
