import type { Fact } from './facts.js';
import { formatNoun, safeText } from './format.js';
import { maskSecrets } from '../core/secrets.js';
import type { TableColumn } from './table.js';
import { cutEnd } from './text-width.js';

/** GitHub's Markdown. Foreign text stands in it as code alone, where nothing is markup, mention, link or picture. */

const longestText = 300;
const longestFact = 600;

/** GitHub takes no more than a mebibyte of a step. */
export const mostTopics = 50;

/** Foreign text on one line, in a table too; empty where there is none. */
export function code(text: string, longest = longestText): string {
  const shown = cutEnd(safeText(maskSecrets(text)), longest);
  // A bar ends a table's cell even within code, and a backslash before it does not always help.
  return shown.split('|').map(span).join('&#124;');
}

/** A block to be copied from. */
export function codeBlock(text: string, language: string): string[] {
  const shown = safeText(text);
  const fence = fenceAround(shown, 3);
  return [fence + language, shown, fence];
}

/** Texts are code, figures are not. */
export function markdownTable<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[]): string[] {
  const titles = columns.map(({ titles: [title] }) => title);
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : '---'));
  const cells = rows.map((row) => columns.map(({ cell, align }) => (align === 'right' ? cell(row) : code(cell(row)))));
  return [titles, rule, ...cells].map((row) => `| ${row.join(' | ')} |`);
}

/** `labelOf` makes foreign labels code. */
export function factList(facts: readonly Fact[], labelOf = (label: string): string => label): string[] {
  const lines = facts.slice(0, mostTopics).map(({ label, text }) => {
    const name = label.trim();
    return `- ${name === '' ? '' : `${labelOf(name)}: `}${code(text, longestFact)}`;
  });
  return [...lines, ...moreTopics(facts.length)];
}

/** A word on the topics that are not shown, where there are too many. */
export function moreTopics(count: number): string[] {
  return count <= mostTopics ? [] : ['', `and ${formatNoun(count - mostTopics, 'more topic')}`];
}

/** Sections of lines with a blank line between them; those without lines are left out. Ends with a newline. */
export function joinSections(sections: readonly (readonly string[])[]): string {
  const told = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${told.join('\n\n')}\n`;
}

/** A heading and what stands below it, or nothing. */
export function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`#### ${title}`, '', ...lines];
}

function span(text: string): string {
  if (text === '') return '';
  const fence = fenceAround(text, 1);
  // One blank at either end is taken away, and separates the fence from a backtick of the text.
  const isPadded = text.startsWith('`') || text.endsWith('`') || (/^ .* $/u.test(text) && text.trim() !== '');
  return isPadded ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`;
}

/** Longer than every run of backticks in the text. */
function fenceAround(text: string, least: number): string {
  const longest = (text.match(/`+/gu) ?? []).reduce((most, { length }) => Math.max(most, length), 0);
  return '`'.repeat(Math.max(least, longest + 1));
}
