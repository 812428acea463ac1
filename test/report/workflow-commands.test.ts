import { expect, test } from 'vitest';
import {
  jsonWithoutCommands,
  withoutCommands,
  workflowCommand,
  type Annotation,
} from '../../src/report/annotations.js';

test.each<[string, Annotation, string]>([
  ['no place', { level: 'error', title: 't', message: 'm' }, '::error title=t::m\n'],
  [
    'a place',
    { level: 'warning', title: 't', message: 'm', source: { file: 'seed/a.ndjson', line: 12 } },
    '::warning file=seed/a.ndjson,line=12,title=t::m\n',
  ],
  [
    'what has a meaning in a property, and in data',
    { level: 'error', title: 'A: 1, 2%', message: '100%: a, b::c', source: { file: 'C:\\a,b.ndjson', line: 1 } },
    '::error file=C%3A\\a%2Cb.ndjson,line=1,title=A%3A 1%2C 2%25::100%25: a, b::c\n',
  ],
  [
    'line ends stay in data and go from properties; what a terminal obeys goes from both',
    { level: 'error', title: 'a\r\nb\u001B', message: 'one\r\n::error::two\rthree\u001B' },
    '::error title=a b␛::one%0A::error::two three␛\n',
  ],
  ['secrets', { level: 'error', title: 't', message: 'client_secret=abc' }, '::error title=t::client_secret=***\n'],
])('%s', (_name, annotation, command) => {
  expect(workflowCommand(annotation)).toBe(command);
});

test('what is long is cut', () => {
  const command = workflowCommand({ level: 'error', title: 'x'.repeat(300), message: '%'.repeat(2_000) });
  expect(command).toBe(`::error title=${'x'.repeat(199)}…::${'%25'.repeat(999)}…\n`);
});

test.each([
  ['::stop-commands::x', ': :stop-commands::x'],
  ['a\n   ::error::x\n::b', 'a\n   : :error::x\n: :b'],
  ['a ::error::x', 'a ::error::x'],
  ['a ##[group]x ##[', 'a # #[group]x # #['],
  ['a: b', 'a: b'],
])('foreign text gives no commands: %j', (text, harmless) => {
  expect(withoutCommands(text)).toBe(harmless);
});

test('JSON text stays the same document', () => {
  const json = JSON.stringify({ a: '##[error]x', b: ['::c::d'] });
  expect(jsonWithoutCommands(json)).not.toContain('##[');
  expect(JSON.parse(jsonWithoutCommands(json))).toEqual(JSON.parse(json));
});
