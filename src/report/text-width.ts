import widthOf from 'string-width';
import { NO_BREAK_SPACE } from './format.js';

const LEAST_TEXT = 10;

/** Text measured in the columns that a terminal gives it: a wide character takes two, a combining mark none. */

export { widthOf };

/** Plain text cut to `width` columns, its end replaced by `…`. */
export function cutEnd(text: string, width: number): string {
  if (fits(text, width)) return text;
  return width < 1 ? '' : `${takeStart(text, width - 1)}…`;
}

/** Plain text cut to `width` columns, its middle replaced by `…`: names that begin alike still differ at their ends. */
export function cutMiddle(text: string, width: number): string {
  if (fits(text, width)) return text;
  if (width < 4) return cutEnd(text, width);
  const start = takeStart(text, Math.ceil((width - 1) / 2));
  return `${start}…${takeEnd(text, width - 1 - widthOf(start))}`;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Keeps the words of `text` on one line when it is wrapped. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', NO_BREAK_SPACE);
}

/** Plain text in lines of at most `width` columns, broken at spaces; a word that is longer than a line is broken too. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer, width)) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (!fits(line, width)) {
      const start = takeStart(line, width) || (graphemesOf(line.slice(0, MOST_UNITS))[0] ?? line);
      lines.push(start);
      line = line.slice(start.length);
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines.map((one) => one.replaceAll(NO_BREAK_SPACE, ' '));
}

/** A text in lines of at most `width` columns behind its lead, its further lines `indent` columns in. */
export function hang(lead: string, text: string, width: number, indent = widthOf(lead)): string[] {
  const [first = '', ...rest] = wrap(text, Math.max(LEAST_TEXT, width - indent));
  return [lead + first, ...rest.map((line) => ' '.repeat(indent) + line)];
}

const segmenter = new Intl.Segmenter();

function graphemesOf(text: string): string[] {
  return Array.from(segmenter.segment(text), (segment) => segment.segment);
}

/** A column is taken to hold no more code units, so that of a long text only what is shown is looked at. */
const MOST_UNITS = 64;

function fits(text: string, width: number): boolean {
  return text.length <= MOST_UNITS * (width + 1) && widthOf(text) <= width;
}

function takeStart(text: string, width: number): string {
  return take(graphemesOf(text.slice(0, MOST_UNITS * (width + 1))), width).join('');
}

function takeEnd(text: string, width: number): string {
  return take(graphemesOf(text.slice(-MOST_UNITS * (width + 1))).reverse(), width)
    .reverse()
    .join('');
}

function take(graphemes: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const grapheme of graphemes) {
    used += widthOf(grapheme);
    if (used > width) break;
    taken.push(grapheme);
  }
  return taken;
}
