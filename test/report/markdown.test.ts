import { expect, test } from 'vitest';
import { code, codeBlock, factList, joinSections, markdownTable, titled } from '../../src/report/markdown.js';

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
  expect(code(`${'x'.repeat(299)}\`y`)).toBe(`\`${'x'.repeat(299)}…\``);
});

test('a block is fenced by more than it holds', () => {
  expect(codeBlock("sfreplay 'a```b'", 'sh')).toEqual(['````sh', "sfreplay 'a```b'", '````']);
});

test('a table has texts as code and figures as they are', () => {
  const rows = [
    { name: 'a|b', count: '1,000' },
    { name: '', count: '2' },
  ];
  const table = markdownTable<{ name: string; count: string }>(
    [
      { titles: ['topic'], cell: ({ name }) => name },
      { titles: ['read', 'r'], cell: ({ count }) => count, align: 'right' },
    ],
    rows,
  );
  expect(table).toEqual(['| topic | read |', '| --- | ---: |', '| `a`&#124;`b` | 1,000 |', '|  | 2 |']);
});

test('facts are a list', () => {
  const facts = [
    { label: 'Input', text: '10 lines' },
    { label: '', text: '(rough)' },
  ];
  expect(factList(facts)).toEqual(['- Input: `10 lines`', '- `(rough)`']);
  expect(factList(facts.slice(0, 1), code)).toEqual(['- `Input`: `10 lines`']);
});

test('sections without lines are left out', () => {
  expect(joinSections([['a', 'b'], [], titled('T', []), titled('U', ['c'])])).toBe('a\nb\n\n#### U\n\nc\n');
});
