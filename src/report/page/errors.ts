import { groupErrors, sumOf, type ErrorGroup, type ErrorMember } from '../errors.js';
import { formatCount, formatNoun } from '../format.js';
import type { PageSection } from './html.js';
import { foreign, markup, type Markup } from './markup.js';
import type { FailureExample, RunPage } from './run-page.js';

const MOST_CODES = 40;
const MOST_TOPICS_OF_A_CODE = 5;
const LONGEST_MESSAGE = 300;
const LONGEST_RECORD = 500;

/** Where the failures file was not read so far, what the summary knows of an example. */
type Example = Omit<FailureExample, 'text' | 'attempts'> & Partial<FailureExample>;
type ExamplesOf = (member: ErrorMember) => readonly Example[];

/** Why records and lines were not written: by code, with the topics that had it and examples of each. */
export function errorSection({ summary, failures }: RunPage): PageSection[] {
  const groups = groupErrors([...summary.topics, ...summary.line_errors]);
  if (groups.length === 0) return [];
  const found = new Map(failures.map(({ topic, code, examples }) => [JSON.stringify([topic ?? '', code]), examples]));
  const examplesOf: ExamplesOf = ({ topic, code, example: message, file, line }) =>
    found.get(JSON.stringify([topic, code])) ?? [{ message, file, line }];
  const left = groups.slice(MOST_CODES);
  const body = markup`${groups.slice(0, MOST_CODES).map((group) => groupMarkup(group, examplesOf))}
${left.length > 0 ? note(`${formatNoun(countOf(left), 'error')} of ${formatNoun(left.length, 'more code')}`) : undefined}`;
  return [{ title: 'Errors', body }];
}

/** Several examples of the topic that had it most, one of each other. */
function groupMarkup({ code, count, members }: ErrorGroup, examplesOf: ExamplesOf): Markup {
  const left = members.slice(MOST_TOPICS_OF_A_CODE);
  const shown = members.slice(0, MOST_TOPICS_OF_A_CODE).map((member, index) => {
    return memberMarkup(member, examplesOf(member).slice(0, index === 0 ? undefined : 1));
  });
  return markup`<article class="error">
<h3><code>${foreign(code, LONGEST_MESSAGE)}</code> <span class="bad">${formatCount(count)} ×</span></h3>
${shown}
${left.length > 0 ? note(`${formatCount(countOf(left))} of ${formatNoun(left.length, 'more topic')}`) : undefined}
</article>
`;
}

function memberMarkup({ topic, count, hint }: ErrorMember, examples: readonly Example[]): Markup {
  const what = formatNoun(count, topic === '' ? 'malformed line' : 'record');
  return markup`<p class="member">${topic === '' ? undefined : markup`<strong>${topic}</strong> `}${what}</p>
${hint === undefined ? undefined : markup`<p>${foreign(hint, LONGEST_MESSAGE)}</p>`}
<ul class="examples">
${examples.map(exampleMarkup)}</ul>
`;
}

function exampleMarkup({ message, file, line, attempts = 0, text }: Example): Markup {
  const where = `${file === '-' ? 'standard input' : file}, line ${formatCount(line)}`;
  const tries = attempts > 1 ? `, tried ${formatCount(attempts)} times` : '';
  return markup`<li><p>${foreign(message, LONGEST_MESSAGE)}</p>
<p class="note">${where}${tries}</p>
${text === undefined ? undefined : markup`<pre>${foreign(text, LONGEST_RECORD)}</pre>`}</li>
`;
}

function note(left: string): Markup {
  return markup`<p class="note">${left} not shown here.</p>`;
}

function countOf(parts: readonly { readonly count: number }[]): number {
  return sumOf(parts, ({ count }) => count);
}
