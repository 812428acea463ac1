import { expect, test } from 'vitest';
import { ConfigError, PreflightError, UsageError } from '../../src/core/errors.js';
import { formatError } from '../../src/report/error-text.js';

function textOf(error: unknown, options: { color?: boolean; debug?: boolean } = {}): string {
  return formatError(error, { color: false, debug: false, ...options });
}

test.each([
  ['a sentence', new UsageError('No file was named.'), 'sfreplay: error: No file was named.\n'],
  [
    'a sentence and a hint',
    new UsageError('No file was named.', { hint: 'Name one, or pipe:\n  kcat -C -J | sfreplay' }),
    'sfreplay: error: No file was named.\n  hint: Name one, or pipe:\n          kcat -C -J | sfreplay\n',
  ],
  [
    'secrets and control characters',
    new PreflightError('X', 'GET https://u:p@acme.example/\u001B[2J\nsaid 00D5e000000abcd!AQEAQ.x', {
      hint: 'Bearer abc-0123456789',
    }),
    'sfreplay: error: GET https://***@acme.example/␛[2J said 00D…!***\n  hint: Bearer ***\n',
  ],
  [
    'mistakes of a configuration, by origin',
    new ConfigError('The configuration has 4 mistakes.', [
      { path: 'org_url', message: 'is required' },
      {
        path: 'topic_mappings[1].operation',
        message: 'expected upsert, found "up\u001Bsrt"',
        origin: './sfreplay.yaml',
      },
      { path: 'max_in_flight', message: 'expected 1 or more, found 0', origin: '--max-in-flight' },
      { path: 'mode', message: 'unknown key', origin: './sfreplay.yaml' },
      { path: '', message: 'is empty', origin: './sfreplay.yaml' },
    ]),
    [
      'sfreplay: error: The configuration has 4 mistakes.',
      '  org_url  is required',
      '  in ./sfreplay.yaml:',
      '    topic_mappings[1].operation  expected upsert, found "up␛srt"',
      '    mode                         unknown key',
      '    is empty',
      '  in --max-in-flight:',
      '    max_in_flight  expected 1 or more, found 0',
      '',
    ].join('\n'),
  ],
  [
    'a bug',
    new TypeError('x is not a function'),
    'sfreplay: error: x is not a function\n  This is a bug in sfreplay.\n  Set SFREPLAY_DEBUG=1 to see where it happened.\n',
  ],
  [
    'a bug that says nothing',
    new AggregateError([new Error('inner')]),
    'sfreplay: error: inner\n  This is a bug in sfreplay.\n  Set SFREPLAY_DEBUG=1 to see where it happened.\n',
  ],
  [
    'what is no error',
    { access_token: 'secret', n: 1n },
    'sfreplay: error: something was thrown that is not an error: { access_token: ***, n: 1n }\n  This is a bug in sfreplay.\n  Set SFREPLAY_DEBUG=1 to see where it happened.\n',
  ],
])('%s', (_name, error, text) => {
  expect(textOf(error)).toBe(text);
});

test('the stack and the causes are for debugging, without secrets', () => {
  const error = new UsageError('outer', {
    cause: new Error('inner Bearer abc-0123456789-0123456789', { cause: 'text' }),
  });
  const text = textOf(error, { debug: true });
  expect(text).toMatch(/^sfreplay: error: outer\nUsageError: outer\n {4}at .*\n/u);
  expect(text).toContain('\ncaused by Error: inner Bearer ***\n    at ');
  expect(text).toMatch(/\ncaused by text\n$/u);
  expect(textOf(error)).toBe('sfreplay: error: outer\n');
  expect(textOf(new TypeError('x'), { debug: true })).not.toContain('SFREPLAY_DEBUG');
});

test('a chain of causes that bites its tail ends', () => {
  const error = new Error('round');
  error.cause = error;
  expect(textOf(error, { debug: true }).split('caused by').length).toBe(5);
});

test('colour is on when asked for', () => {
  expect(textOf(new UsageError('x'), { color: true })).toBe('sfreplay: \u001B[31merror:\u001B[39m x\n');
});

test('of very many mistakes the first twenty are told', () => {
  const issues = Array.from({ length: 1037 }, (_, i) => ({ path: `key_${i}`, message: 'unknown key' }));
  const lines = textOf(new ConfigError('There are 1,037 mistakes.', issues)).split('\n');
  expect(lines).toHaveLength(23);
  expect(lines.slice(20)).toEqual(['  key_19  unknown key', '  … and 1,017 more', '']);
  expect(textOf(new ConfigError('There are 20 mistakes.', issues.slice(0, 20))).split('\n')).toHaveLength(22);
});

test('on a terminal lines are broken between words', () => {
  const error = new ConfigError('There are 2 mistakes in the configuration of this folder.', [
    { path: 'org_url', message: 'is missing; expected the URL of the org' },
    { path: 'max_in_flight', message: 'expected an integer of at least 1, or auto; found "x"' },
  ]);
  expect(formatError(error, { color: false, debug: false, width: 50 }).split('\n')).toEqual([
    'sfreplay: error: There are 2 mistakes in the',
    '                 configuration of this folder.',
    '  org_url        is missing; expected the URL of',
    '                 the org',
    '  max_in_flight  expected an integer of at least',
    '                 1, or auto; found "x"',
    '',
  ]);
  const hinted = new UsageError('No.', {
    hint: 'Name the files to replay, or pipe lines in:\n  kcat -C -J -e -t accounts | sfreplay --map a=A',
  });
  expect(formatError(hinted, { color: false, debug: false, width: 30 })).toBe(
    'sfreplay: error: No.\n  hint: Name the files to\n        replay, or pipe lines\n        in:\n          kcat -C -J -e -t accounts | sfreplay --map a=A\n',
  );
});
