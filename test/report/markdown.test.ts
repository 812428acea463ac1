import { expect, test } from 'vitest';
import type { Section, Step } from '../../src/report/document.js';
import { code, formatMarkdown } from '../../src/report/markdown.js';
import { tableOf } from '../../src/report/table.js';

function linesOf(sections: readonly Section[], steps: readonly Step[] = []): string[] {
  const document = { command: 'sfreplay', isGood: true, verdict: 'done', sections, steps };
  return formatMarkdown(document).split('\n').slice(2);
}

test.each([
  ['crm.accounts', '`crm.accounts`'],
  ['', ''],
  ['@someone #12 <b>x</b> &amp; *y* [z](w)', '`@someone #12 <b>x</b> &amp; *y* [z](w)`'],
  ['two\nlines\u001B[2J', '`two lines␛[2J`'],
  ['a`b', '``a`b``'],
  ['`a`', '`` `a` ``'],
  ['a``b`', '``` a``b` ```'],
  [' a ', '`  a  `'],
  [' ', '` `'],
  // A bar would end a cell, within code too.
  ['a|b', '`a`&#124;`b`'],
  ['a\\|b', '`a\\`&#124;`b`'],
  ['|', '&#124;'],
  ['https://me:secret@host/', '`https://***@host/`'],
])('foreign text as code: %j', (text, markdown) => {
  expect(code(text)).toBe(markdown);
});

test('what is long is cut, before it is fenced', () => {
  expect(code(`${'x'.repeat(299)}\`y`, 300)).toBe(`\`${'x'.repeat(299)}…\``);
});

test('a block is fenced by more than it holds', () => {
  const step: Step = {
    ...{ title: 'Failures', about: ['They are in', '.'], file: 'f', commandLabel: 'Retry' },
    ...{ command: "sfreplay 'a```b'", advice: 'Look first.' },
  };
  expect(linesOf([], [step])).toEqual([
    ...['#### Failures', '', 'They are in `f`.', '', '````sh', "sfreplay 'a```b'", '````', '', 'Look first.', ''],
  ]);
});

test('a table has texts as code and figures as they are', () => {
  const rows = [
    { name: 'a|b', count: '1,000' },
    { name: '', count: '2' },
  ];
  const table = tableOf<{ name: string; count: string }>(
    [
      { titles: ['topic'], cell: ({ name }) => name },
      { titles: ['read', 'r'], cell: ({ count }) => count, align: 'right' },
    ],
    rows,
  );
  expect(linesOf([{ title: 'Topics', table }])).toEqual([
    ...['| topic | read |', '| --- | ---: |', '| `a`&#124;`b` | 1,000 |', '|  | 2 |', ''],
  ]);
});

test('facts are a list', () => {
  const facts = [
    { label: 'Input', text: '10 lines' },
    { label: '', text: '(rough)' },
  ];
  expect(linesOf([{ title: 'Run', facts }])).toEqual(['#### Run', '', '- Input: `10 lines`', '- `(rough)`', '']);
  const topicFacts = facts.slice(0, 1);
  expect(linesOf([{ title: 'Keys', note: 'noted', topicFacts }])).toEqual([
    ...['#### Keys (noted)', '', '- `Input`: `10 lines`', ''],
  ]);
});

test('sections without lines are left out', () => {
  const empty: Section[] = [
    { title: 'A', list: [], areWarnings: false },
    { title: 'B', groups: [], of: 'error' },
    { title: 'C', topicFacts: [] },
    { title: 'D', table: tableOf([], []) },
  ];
  expect(linesOf([...empty, { title: 'U', list: ['c'], areWarnings: true }])).toEqual(['#### U', '', '- `c`', '']);
});
