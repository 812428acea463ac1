import type { KeyKind } from '../records/key.js';

/** The longest value that an external id field can hold, in characters. */
const MAX_EXTERNAL_ID_CHARS = 255;

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;

/** A key as a SOQL literal; undefined for what no field of this kind can hold, and no record can therefore have. */
export function soqlLiteral(text: string, kind: KeyKind): string | undefined {
  if (kind === 'number') return numberLiteral(text);
  return text === '' || text.length > MAX_EXTERNAL_ID_CHARS ? undefined : quoted(text);
}

/** Nothing in the text can end the literal, or be taken for a wildcard: `IN` knows none. */
function quoted(text: string): string {
  const escaped = text.replace(/[\\']/g, String.raw`\$&`);
  return `'${escaped
    .replace(/\n/g, String.raw`\n`)
    .replace(/\r/g, String.raw`\r`)
    .replace(/\t/g, String.raw`\t`)}'`;
}

/** SOQL knows no exponents. */
function numberLiteral(text: string): string | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const power = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + power;
  const [before, after] =
    point <= 0 ? ['0', '0'.repeat(-point) + digits] : [digits.slice(0, point).padEnd(point, '0'), digits.slice(point)];
  // A number field holds 18 digits; what is longer than any double's spelling is no number of it.
  if (before.length + after.length > 340) return undefined;
  return `${sign === '-' ? '-' : ''}${before.replace(/^0+(?=\d)/, '')}${/[1-9]/.test(after) ? `.${after.replace(/0+$/, '')}` : ''}`;
}
