import { maskSecrets } from '../core/secrets.js';

/** Numbers, times and foreign text as people read them. */

/** Keeps words on one line. */
export const NO_BREAK_SPACE = '\u00A0';

/** Made when they are first needed: that takes longer than all that they format. */
const made: (Intl.NumberFormat | undefined)[] = [];
function withDigits(digits: 0 | 1): Intl.NumberFormat {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return (made[digits] ??= new Intl.NumberFormat('en-US', options));
}

/** `12345` → `12,345`. */
export function formatCount(count: number): string {
  return withDigits(0).format(count);
}

/** `(1, 'record')` → `1 record`, `(2, 'record')` → `2 records`. */
export function formatNoun(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** `4.2/s`, `1,050/s`; a dash where there is no rate. */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined || !Number.isFinite(perSecond)) return '–';
  return `${perSecond > 0 && perSecond < 9.95 ? withDigits(1).format(perSecond) : formatCount(perSecond)}/s`;
}

/** Rounded down, so that 100% is only shown when all is done. */
export function formatPercent(share: number): string {
  return `${formatCount(Math.floor(Math.min(Math.max(share, 0), 1) * 100))}%`;
}

/** Time that passed: `85 ms`, `12.3 s`, `2 min 5 s`, `3 h 12 min`. */
export function formatDuration(ms: number): string {
  if (ms < 99.5) return `${formatCount(ms)} ms`;
  return ms < 59_950 ? `${withDigits(1).format(ms / 1000)} s` : formatSeconds(ms);
}

/** A unit, its seconds, and the unit that its rest is told in. */
const SPANS = [
  ['d', 86_400, 'h', 3_600],
  ['h', 3_600, 'min', 60],
  ['min', 60, 's', 1],
] as const;

/** The same to the second, for figures that are watched or guessed: `12 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`. */
export function formatSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const found = SPANS.find(([, size]) => seconds >= size);
  if (found === undefined) return `${seconds} s`;
  const [large, size, small, part] = found;
  const rest = Math.floor((seconds % size) / part);
  const whole = `${formatCount(Math.floor(seconds / size))} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** Decimal units: `512 B`, `5.1 kB`, `123 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const larger of ['kB', 'MB', 'GB', 'TB']) {
    if (value < 999.5) break;
    value /= 1000;
    unit = larger;
  }
  return `${unit !== 'B' && value < 99.95 ? withDigits(1).format(value) : formatCount(value)} ${unit}`;
}

/**
 * Foreign text on one line that a terminal shows and does not obey. Tabs and line ends become spaces; control characters
 * become their pictures (ESC is `␛`), so that two names that differ still look different; characters that reorder or hide text become `�`.
 */
export function safeText(text: string): string {
  return text
    .replace(lineBreakers, ' ')
    .replace(controls, (control) => pictureOf(control))
    .replace(deceivers, '\uFFFD');
}

/** The same without what looks like a secret; blanks that hold words together stay. */
export function harmless(text: string): string {
  return maskSecrets(text).split(NO_BREAK_SPACE).map(safeText).join(NO_BREAK_SPACE);
}

/** Text of several lines, each made safe; line ends stay. */
export function safeBlock(text: string): string {
  return text
    .split(/\r?\n/u)
    .map((line) => ' '.repeat(line.length - line.trimStart().length) + safeText(line.trimStart()))
    .join('\n');
}

// Together with the blanks around them; other blanks stay, since a path or a command may hold two in a row.
const lineBreakers = / *[\t\n\v\f\r\u0085\u00A0\u2028\u2029][\t\n\v\f\r\u0085\u00A0\u2028\u2029 ]*/gu;

const controls = /\p{Cc}/gu;

// Bidirectional controls, invisible spaces and joiners (not ZWJ and ZWNJ, which scripts and emoji need), interlinear marks, lone surrogates.
const deceivers =
  /[\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB]|\p{Surrogate}/gu;

function pictureOf(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\uFFFD';
}
