import { expect, test } from 'vitest';
import { foreign, jsonFor, markup } from '../../../src/report/page/html.js';

test.each([
  ['text', 'a < b & c > "d" \'e\'', 'a &lt; b &amp; c &gt; &#34;d&#34; &#39;e&#39;'],
  ['an element', '</td><script>alert(1)</script>', '&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['an entity', '&lt;', '&amp;lt;'],
  ['controls and deceivers', 'a\u0000\u001B[2J\u202Eb\uD800', 'a␀␛[2J\uFFFDb\uFFFD'],
  ['line ends', 'a\r\nb\u2028c', 'a b c'],
  ['blanks that hold words together', '1.2\u00A0s', '1.2\u00A0s'],
  ['a number', 0, '0'],
  ['nothing', undefined, ''],
])('%s', (_name, part, text) => {
  expect(markup`<td title="${part}">${part}</td>`.text).toBe(`<td title="${text}">${text}</td>`);
});

test('markup in markup stays, alone and in lists', () => {
  expect(markup`<ul>${['a', 'b'].map((name) => markup`<li>${name}</li>`)}</ul>${[]}`.text).toBe(
    '<ul><li>a</li><li>b</li></ul>',
  );
});

test('a value for a script ends no element', () => {
  const value = { '</script>': '<!--<script>\u2028\u2029&' };
  const { text } = jsonFor(value);
  expect(text).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(text)).toEqual(value);
});

test('what others said is cut, and has no secrets', () => {
  expect(foreign('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
  expect(foreign('x'.repeat(10), 10)).toBe('x'.repeat(10));
  expect(foreign('at https://user:pass@acme.example', 100)).toBe('at https://***@acme.example');
});
