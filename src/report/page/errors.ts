import { formatCount, formatNoun } from '../format.js';
import { errorGroups, type ErrorGroup, type ErrorMember } from './error-groups.js';
import { foreign, markup, type Markup } from './markup.js';
import type { RunPage } from './run-page.js';
import type { Section } from './section.js';

const MOST_CODES = 40;
const MOST_TOPICS_OF_A_CODE = 5;
const LONGEST_MESSAGE = 300;
const LONGEST_RECORD = 500;

/**
 * Why records and lines were not written: by code, with the topics that had it and examples of each. Undefined where
 * nothing failed.
 */
export function errors({ summary, failures }: RunPage): Section | undefined {
  const groups = errorGroups(summary, failures);
  if (groups.length === 0) return undefined;
  const left = groups.slice(MOST_CODES);
  const body = markup`${groups.slice(0, MOST_CODES).map(groupMarkup)}
${left.length > 0 ? note(`${formatNoun(countOf(left), 'error')} of ${formatNoun(left.length, 'more code')}`) : undefined}`;
  return { id: 'errors', title: 'Errors', body };
}

function groupMarkup({ code, count, members }: ErrorGroup): Markup {
  const left = members.slice(MOST_TOPICS_OF_A_CODE);
  return markup`<article class="error">
<h3><code>${foreign(code, LONGEST_MESSAGE)}</code> <span class="times">${formatCount(count)} ×</span></h3>
${members.slice(0, MOST_TOPICS_OF_A_CODE).map(memberMarkup)}
${left.length > 0 ? note(`${formatCount(countOf(left))} of ${formatNoun(left.length, 'more topic')}`) : undefined}
</article>
`;
}

/** Several examples of the topic that had it most, one of each other. */
function memberMarkup({ topic, count, hint, examples }: ErrorMember, index: number): Markup {
  const what = formatNoun(count, topic === undefined ? 'malformed line' : 'record');
  const title = topic === undefined ? what : markup`<strong>${topic}</strong> ${what}`;
  return markup`<p class="member">${title}</p>
${hint === undefined ? undefined : markup`<p class="hint">${foreign(hint, LONGEST_MESSAGE)}</p>`}
<ul class="examples">
${(index === 0 ? examples : examples.slice(0, 1)).map(exampleMarkup)}</ul>
`;
}

function exampleMarkup({ message, file, line, attempts = 0, text }: ErrorMember['examples'][number]): Markup {
  const where = `${file === '-' ? 'standard input' : file}, line ${formatCount(line)}`;
  const tries = attempts > 1 ? `, tried ${formatCount(attempts)} times` : '';
  return markup`<li><p>${foreign(message, LONGEST_MESSAGE)}</p>
<p class="where">${where}${tries}</p>
${text === undefined ? undefined : markup`<pre>${foreign(text, LONGEST_RECORD)}</pre>`}</li>
`;
}

function note(left: string): Markup {
  return markup`<p class="note">${left} not shown here.</p>`;
}

function countOf(parts: readonly { readonly count: number }[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}
