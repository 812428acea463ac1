import type { Fact, ResultDocument, Section, Step } from './document.js';
import { groupColumns, restText } from './errors.js';
import { formatNoun, harmless, NO_BREAK_SPACE } from './format.js';
import { tableOf, type Table } from './table.js';
import { cutEnd } from './text-width.js';

/** GitHub takes no more than a mebibyte of a step. */
const MOST_TOPICS = 50;
const MOST_GROUPS = 10;
const LONGEST_CELL = 300;
const LONGEST_TEXT = 600;

/** A result as GitHub's Markdown, for a CI system to show. Ends with a newline. */
export function formatMarkdown({ command, isGood, verdict, stopped, sections, steps }: ResultDocument): string {
  const parts = [
    [`### ${isGood ? '✅' : '❌'} ${command}: ${verdict.replaceAll(NO_BREAK_SPACE, ' ')}`],
    stopped === undefined ? [] : [`⛔ ${code(stopped)}`],
    ...sections.map(sectionLines),
    ...steps.map(stepLines),
  ];
  const told = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${told.join('\n\n')}\n`;
}

/**
 * Foreign text on one line, in a table too: as code alone, where nothing is markup, mention, link or picture. Empty where
 * there is none.
 */
export function code(text: string, longest = LONGEST_TEXT): string {
  const shown = cutEnd(harmless(text).replaceAll(NO_BREAK_SPACE, ' '), longest);
  // A bar ends a table's cell even within code, and a backslash before it does not always help.
  return shown.split('|').map(span).join('&#124;');
}

/** A heading and what stands below it, or nothing. */
function sectionLines(section: Section): string[] {
  const lines = linesOf(section);
  if (lines.length === 0 || 'table' in section) return lines;
  return [`#### ${section.title}${section.note === undefined ? '' : ` (${section.note})`}`, '', ...lines];
}

function linesOf(section: Section): string[] {
  if ('table' in section) return tableLines(section.table, MOST_TOPICS);
  if ('facts' in section) return factLines(section.facts, (label) => label);
  if ('topicFacts' in section) return factLines(section.topicFacts, code);
  if ('list' in section) return section.list.map((text) => `- ${code(text)}`);
  const rest = section.groups.slice(MOST_GROUPS);
  const lines = tableLines(tableOf(groupColumns(section.of), section.groups.slice(0, MOST_GROUPS)), MOST_GROUPS);
  return rest.length === 0 ? lines : [...lines, '', `and ${restText(rest)}`];
}

/** Texts are code, figures are not. Of too many topics the total tells, and how many are not shown. */
function tableLines({ columns, rows, hasTotal }: Table, most: number): string[] {
  if (rows.length === 0) return [];
  const topics = hasTotal ? rows.slice(0, -1) : rows;
  const shown = [...topics.slice(0, most), ...(hasTotal ? rows.slice(-1) : [])];
  const cells = shown.map((row) =>
    row.map(({ text }, index) => (columns[index]?.align === 'right' ? text : code(text, LONGEST_CELL))),
  );
  const titles = columns.map(({ titles: [title] }) => title);
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : '---'));
  return [...[titles, rule, ...cells].map((row) => `| ${row.join(' | ')} |`), ...moreTopics(topics.length - most)];
}

function factLines(facts: readonly Fact[], labelOf: (label: string) => string): string[] {
  const lines = facts
    .slice(0, MOST_TOPICS)
    .map(({ label, text }) => `- ${label === '' ? '' : `${labelOf(label)}: `}${code(text)}`);
  return [...lines, ...moreTopics(facts.length - MOST_TOPICS)];
}

function moreTopics(more: number): string[] {
  return more <= 0 ? [] : ['', `and ${formatNoun(more, 'more topic')}`];
}

function stepLines({ title, about: [before, after], file, command, advice }: Step): string[] {
  const about = file === null ? before : `${before} ${code(file)}${after}`;
  const shown = harmless(command ?? '');
  const fence = fenceAround(shown, 3);
  const block = command === undefined ? [] : ['', `${fence}sh`, shown, fence];
  return [`#### ${title}`, '', about, ...block, ...(advice === undefined ? [] : ['', advice])];
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
