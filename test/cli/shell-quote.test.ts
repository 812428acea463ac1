import { expect, it } from 'vitest';
import { shellQuote } from '../../src/cli/retry-command.js';

it.each([
  ['plain', 'a-b_c.d/e:f=g,h@i+j%', 'a-b_c.d/e:f=g,h@i+j%'],
  ['empty', '', "''"],
  ['blanks', 'a b', "'a b'"],
  ['a quote', "it's", String.raw`'it'\''s'`],
  ['a variable', '$HOME', "'$HOME'"],
])('for a POSIX shell: %s', (_, word, quoted) => {
  expect(shellQuote(word, 'linux')).toBe(quoted);
});

it.each([
  ['a path', String.raw`C:\dumps\failed.ndjson`, String.raw`C:\dumps\failed.ndjson`],
  ['empty', '', '""'],
  ['blanks', String.raw`C:\my dumps\x`, String.raw`"C:\my dumps\x"`],
  ['a variable of cmd', '%TEMP%', '"%TEMP%"'],
])('for a shell of Windows: %s', (_, word, quoted) => {
  expect(shellQuote(word, 'win32')).toBe(quoted);
});
