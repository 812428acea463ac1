/** Whether a text is a literal of a typed field, as both APIs read it: without blanks around it, and without guessing. */

/** `-12.50`, `.5`, `1e3`. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text);
}

/** A 32-bit integer without point or exponent. */
export function isInt(text: string): boolean {
  return /^[+-]?\d{1,10}$/.test(text) && Math.abs(Number(text)) < 2 ** 31;
}

export function isLong(text: string): boolean {
  return /^[+-]?\d{1,19}$/.test(text);
}

/** `2025-12-31`, a day that the calendar has. */
export function isDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = partsOf(DATE, text);
  if (year === 0 || month < 1 || month > 12 || day < 1) return false;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}

/** `2025-12-31T23:59:59Z`, perhaps with a fraction, or with an offset such as `+02:00` or `+0200` for the `Z`. */
export function isDatetime(text: string): boolean {
  const zone = ZONE.exec(text);
  const clock = text.slice(0, zone?.index);
  if (zone === null || text[10] !== 'T' || !isDate(text.slice(0, 10))) return false;
  const [hours = 0, minutes = 0] = partsOf(/^(\d{2}):?(\d{2})$/, zone[2] ?? '0000');
  return hours <= 14 && minutes <= 59 && isClock(clock.slice(11), 9);
}

/** `23:59:59.000Z`. */
export function isTime(text: string): boolean {
  return text.endsWith('Z') && isClock(text.slice(0, -1), 3);
}

/** Digits before the point; an org keeps those after it, however many. `text` must be a number. */
export function integerDigits(text: string): number {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().replace(/^[+-]/, '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const significant = (whole + fraction).replace(/^0+/, '');
  if (significant === '') return 0;
  return Math.max(0, significant.length - fraction.length + Number(exponent));
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const ZONE = /(?:Z|([+-])(\d{2}:?\d{2}))$/;
const CLOCK = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?$/;

/** `09:30:00`, with up to so many digits of a second's fraction. */
function isClock(text: string, fractionDigits: number): boolean {
  const [hours = 99, minutes = 99, seconds = 99] = partsOf(CLOCK, text);
  const fraction = CLOCK.exec(text)?.[4] ?? '';
  return hours <= 23 && minutes <= 59 && seconds <= 59 && fraction.length <= fractionDigits;
}

function partsOf(form: RegExp, text: string): number[] {
  return (form.exec(text) ?? []).slice(1).map(Number);
}

/** Do all of the digits that are kept carry over, as in 99.995 with two decimals? */
