import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { maskSecrets } from '../../core/secrets.js';
import { readVersion } from '../../core/version.js';
import type { Section, Step } from '../document.js';
import { groupColumns } from '../errors.js';
import { formatNoun, NO_BREAK_SPACE, safeText } from '../format.js';
import { tableOf, type Table } from '../table.js';

/** Markup. It is only made by {@link markup}, so that no text gets into a page as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Part = Markup | string | number | undefined | readonly Part[];

/** Markup with texts in it, in elements and in quoted attributes: what is no markup itself is escaped. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + textOf(parts[index - 1]) + string));
}

/** What others have said, without what looks like a secret, and cut to `longest` characters. */
export function foreign(text: string, longest: number): string {
  const masked = maskSecrets(text.slice(0, longest * 2));
  return masked.length > longest ? `${masked.slice(0, longest - 1)}…` : masked;
}

/** A value for a script, as the text of an element: no text in it ends the element, or is a line end to an old parser. */
export function jsonFor(value: unknown): Markup {
  const json = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return new Markup(json);
}

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  const text = String(part).split(NO_BREAK_SPACE).map(safeText).join(NO_BREAK_SPACE);
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

/** A part of a page that can be gone to. */
export interface PageSection {
  readonly title: string;
  readonly note?: string | undefined;
  readonly body: Markup;
}

export interface Page {
  readonly runId: string;
  readonly title: string;
  readonly heading: Part;
  /** Below the heading. */
  readonly about?: Markup;
  /** Above the sections. */
  readonly lead?: Markup | undefined;
  readonly sections: readonly PageSection[];
  /** Of whom the page may be shown to. */
  readonly note: string;
  /** Whether something on it is drawn by a script. */
  readonly hasPlots: boolean;
}

const MOST_ROWS = 500;
const MOST_FACTS = 50;
const LONGEST = 300;

/** One HTML document that needs nothing else and no network, and runs its own script alone. */
export function formatHtml({ runId, title, heading, about, lead, sections, note, hasPlots }: Page): string {
  const style = builtPart('page.css');
  const script = hasPlots ? builtPart('page.js') : undefined;
  const policy = [
    `default-src 'none'`,
    `script-src ${script === undefined ? "'none'" : hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} – sfreplay</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<p class="run">sfreplay <code>${runId}</code></p>
<h1>${heading}</h1>
${about}<nav aria-label="Sections"><ul>
${sections.map((section) => markup`<li><a href="#${idOf(section)}">${section.title}</a></li>\n`)}</ul></nav>
</header>
<main>
${lead}
${sections.map(sectionMarkup)}</main>
<footer><p>Made by sfreplay ${readVersion()}. ${note}</p></footer>
${script === undefined ? undefined : markup`<script>${new Markup(script)}</script>`}
</body>
</html>
`.text;
}

/** What the build made once for every page; sources and what is built of them find it by the same path. */
function builtPart(name: string): string {
  return readFileSync(new URL(`../../../dist/page/${name}`, import.meta.url), 'utf8');
}

/** Names a text in a content security policy, so that it alone may be run or applied. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function idOf({ title }: PageSection): string {
  return title.toLowerCase().replaceAll(' ', '-');
}

function sectionMarkup(section: PageSection): Markup {
  const { title, note, body } = section;
  const id = idOf(section);
  return markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}${note === undefined ? undefined : markup` <small>(${note})</small>`}</h2>
${body}
</section>
`;
}

/** The sections of a result that hold something. */
export function pageSections(sections: readonly Section[]): PageSection[] {
  return sections.flatMap((section) => {
    const body = bodyOf(section);
    return body === undefined ? [] : [{ title: section.title, note: section.note, body }];
  });
}

function bodyOf(section: Section): Markup | undefined {
  const { title } = section;
  if ('table' in section) return tableMarkup(title, section.table);
  if ('facts' in section) return factsMarkup(section.facts);
  if ('topicFacts' in section) return factsMarkup(section.topicFacts);
  if ('groups' in section) return tableMarkup(title, tableOf(groupColumns(section.of), section.groups));
  return listMarkup(section.list);
}

/** What is left to do, with the commands for it. */
export function stepSections(steps: readonly Step[]): PageSection[] {
  return steps.map(({ title, about: [before, after], file, command, advice }) => {
    const body = markup`<p>${before}${file === null ? undefined : markup` <code>${file}</code>${after}`}</p>
${command === undefined ? undefined : markup`<pre class="command" tabindex="0">${command}</pre>`}
${advice === undefined ? undefined : markup`<p class="note">${advice}</p>`}`;
    return { title, body };
  });
}

/**
 * A table that scrolls by itself where it is too wide, with the keyboard too. In a narrow window each row is a list, with
 * the columns' names beside the figures. `label` says what it is to whoever does not see it.
 */
export function tableMarkup(label: string, { columns, rows, hasTotal }: Table): Markup | undefined {
  if (rows.length === 0) return undefined;
  const titles = columns.map(({ titles: [title] }) => title);
  const classes = columns.map(({ align }, index) => {
    return index === 0 || align === 'right' ? undefined : markup` class="text"`;
  });
  const rowOf = ([name, ...cells]: Row): Markup =>
    markup`<tr><th scope="row">${name?.text}${
      name?.note === undefined || name.note === '' ? undefined : markup`<br><small>${name.note}</small>`
    }</th>${cells.map(
      (cell, index) => markup`<td${classes[index + 1]} data-label="${titles[index + 1]}">${cellMarkup(cell)}</td>`,
    )}</tr>\n`;
  const topics = hasTotal ? rows.slice(0, -1) : rows;
  const left = topics.length - MOST_ROWS;
  const totalTells = hasTotal ? '; the total counts them too' : '';
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
<table>
<thead><tr>${titles.map((title, index) => markup`<th${classes[index]} scope="col">${title}</th>`)}</tr></thead>
<tbody>
${topics.slice(0, MOST_ROWS).map(rowOf)}</tbody>
${hasTotal ? markup`<tfoot>${rows.slice(-1).map(rowOf)}</tfoot>` : undefined}
</table>
</div>
${left > 0 ? markup`<p class="note">${formatNoun(left, 'more row')} not shown${totalTells}.</p>` : undefined}`;
}

type Row = Table['rows'][number];

function cellMarkup({ text, tone }: Row[number]): Part {
  const shown = foreign(text, LONGEST);
  return tone === 'red' ? markup`<strong class="bad">${shown}</strong>` : shown;
}

/** Facts without text are left out. */
export function factsMarkup(facts: readonly { readonly label: string; readonly text: Part }[]): Markup | undefined {
  if (facts.length === 0) return undefined;
  const left = facts.length - MOST_FACTS;
  return markup`<dl class="facts">
${facts
  .slice(0, MOST_FACTS)
  .filter(({ text }) => text !== undefined)
  .map(({ label, text }) => markup`<div><dt>${label}</dt><dd>${text}</dd></div>\n`)}</dl>
${left > 0 ? markup`<p class="note">${formatNoun(left, 'more topic')} not shown here.</p>` : undefined}`;
}

export function listMarkup(texts: readonly string[]): Markup | undefined {
  if (texts.length === 0) return undefined;
  return markup`<ul>${texts.map((text) => markup`<li>${foreign(text, LONGEST)}</li>`)}</ul>`;
}
