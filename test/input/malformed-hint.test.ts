import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readMessage } from '../../src/input/envelope.js';
import { LineSplitter } from '../../src/input/lines.js';
import type { MalformedLine } from '../../src/core/record.js';

/** The first malformed line of an input. */
function firstMalformed(bytes: string | Buffer, file = 'dump.json', command?: string): MalformedLine {
  const splitter = new LineSplitter(file);
  const lines = [...splitter.push(Buffer.from(bytes)), ...splitter.end()];
  for (const line of lines) {
    const message = readMessage(line, { envelope: 'auto', topic: undefined, command });
    if (message.kind === 'malformed') return message;
  }
  throw new Error('no line is malformed');
}

const A = '{"topic":"t","data":{"A":"1"}}';
const B = '{"topic":"t","data":{"A":"2"}}';

/** Input, what it looks like, and what makes lines of it. */
const KINDS: readonly (readonly [name: string, input: string | Buffer, looks: string, filter: string])[] = [
  ['an array over lines', `[\n${A},\n${B}\n]\n`, 'a JSON array', `jq -c '.[]' dump.json`],
  ['an array on one line', `[${A},${B}]\n`, 'a JSON array', `jq -c '.[]' dump.json`],
  ['pretty-printed', '{\n  "topic": "t"\n}\n', 'JSON spread over several lines', 'jq -c . dump.json'],
  ['begun on its first line', '{"topic":"t",\n  "data": {}}\n', 'JSON spread over several lines', 'jq -c . dump.json'],
  ['begun further', '{"topic":"t","data":{\n"A":1}}\n', 'JSON spread over several lines', 'jq -c . dump.json'],
  ['a part of it', '  "topic": "t",\n', 'JSON spread over several lines', 'jq -c . dump.json'],
  ['its end', `${A}\n  },\n`, 'JSON spread over several lines', 'jq -c . dump.json'],
  ['side by side', `${A}${B}\n`, 'several JSON objects on one line', 'jq -c . dump.json'],
  ['side by side with blanks', `${A} ${B}\n`, 'several JSON objects on one line', 'jq -c . dump.json'],
  ['with braces in strings', `{"a":"}{ \\""} ${B}\n`, 'several JSON objects on one line', 'jq -c . dump.json'],
  ['commas', `${A},${B}\n`, 'JSON objects with commas between them', String.raw`sed 's/}, *{"/}\n{"/g' dump.json`],
  ['semicolon', `${A};\n`, 'a JSON object with text after it', `sed 's/}[^}]*$/}/' dump.json`],
  ['comment', `${A} # note\n`, 'a JSON object with text after it', `sed 's/}[^}]*$/}/' dump.json`],
  ['key before', `A-1\t${A}\n`, 'a JSON object with text before it', `sed 's/^[^{]*//' dump.json`],
  ['CSV', 'Id,Name\n1,x\n', 'CSV, not JSON', 'mlr --icsv --ojsonl cat dump.json'],
  ['semicolons', '"Id";"Name"\n', 'CSV, not JSON', 'mlr --icsv --ifs ";" --ojsonl cat dump.json'],
  ['TSV', 'Id\tName\n', 'TSV, not JSON', 'mlr --itsv --ojsonl cat dump.json'],
  ['UTF-16', Buffer.from(`${A}\n`, 'utf16le'), 'UTF-16 text', 'iconv -f UTF-16LE -t UTF-8 dump.json'],
  ['big endian', Buffer.from(`${A}\n`, 'utf16le').swap16(), 'UTF-16 text', 'iconv -f UTF-16BE -t UTF-8 dump.json'],
  ['UTF-16 beyond', Buffer.from('{"Näme":"€"}', 'utf16le'), 'UTF-16 text', 'iconv -f UTF-16LE -t UTF-8 dump.json'],
  [
    'framed JSON',
    `\0\0\0\0\u0007${A}\n`,
    'a value framed for a Schema Registry',
    String.raw`LC_ALL=C sed 's/^\x00....//' dump.json`,
  ],
  ['framed Avro', '\0\0\0\u0001\u0007\u0006abc\n', 'a value framed for a Schema Registry', ''],
  [
    'framed in a payload',
    String.raw`{"topic":"t","key":"k","payload":"\u0000\u0000\u0000\u0000\u0007x"}`,
    'a value framed for a Schema Registry',
    '',
  ],
  [
    'colours',
    '\u001b[1;39m{\u001b[0m\u001b[34m"topic"\u001b[0m:"t"}\n',
    'text with the colours of a terminal',
    String.raw`sed 's/\x1b\[[0-9;]*[mK]//g' dump.json`,
  ],
  [
    'a mark first',
    `\u200b${A}\n`,
    'JSON with an invisible mark (U+200B) at its beginning',
    String.raw`LC_ALL=C sed 's/^\xE2\x80\x8B//' dump.json`,
  ],
  [
    'a record separator',
    `\u001e${A}\n`,
    'JSON with an invisible mark (U+001E) at its beginning',
    String.raw`LC_ALL=C sed 's/^\x1E//' dump.json`,
  ],
  [
    'a mark within',
    `{"topic":\u00a0"t"}\n`,
    'JSON with an invisible mark (U+00A0)',
    String.raw`LC_ALL=C sed 's/\xC2\xA0//g' dump.json`,
  ],
  [
    "kcat's messages",
    `${A}\n% Reached end of topic t [0] at offset 1: exiting\n`,
    'a message of kcat itself (keep standard error apart, or give kcat -q)',
    `grep '^{' dump.json`,
  ],
  [
    "librdkafka's messages",
    '%4|1735689600.000|FAIL|rdkafka#consumer-1| [thrd:x]: down\n',
    'a message of kcat itself (keep standard error apart, or give kcat -q)',
    `grep '^{' dump.json`,
  ],
  ["Kafka's consumer", 'Processed a total of 2 messages\n', 'a message of the consumer itself', `grep '^{' dump.json`],
  ['JSON in quotes', `${JSON.stringify(A)}\n`, 'JSON in quotes', 'jq -r . dump.json'],
  ['Python', `{'topic': 't'}\n`, 'a printed Python dict', ''],
  [
    'Latin-1',
    Buffer.from('{"topic":"t","data":{"Name":"Köln"}}\n', 'latin1'),
    'JSON in another encoding, perhaps Windows-1252',
    'iconv -f WINDOWS-1252 -t UTF-8 dump.json',
  ],
];

test.each(KINDS)('%s', (_name, input, looks, filter) => {
  const flags = looks.endsWith(', not JSON') ? ' --topic NAME' : '';
  const { hint } = firstMalformed(input);
  if (filter === '') expect(hint).toMatch(`Looks like ${looks}: `);
  else expect(hint).toBe(`Looks like ${looks}: ${filter} | sfreplay${flags}`);
});

test.each([
  ['{"Name":"x"}\n', 'give --topic NAME'],
  ['{"topic":"t","Name":"x"}\n', 'give --topic NAME'],
])('a bare record: %s', (input, advice) => {
  expect(firstMalformed(input).hint).toBe(`Looks like a bare record, without a topic beside it: ${advice}`);
});

test.each([
  '{"topic":1,"data":{}}',
  '{"topic":"t","data":{"a":tru}}',
  '{"topic":"t","data":1}',
  'hello',
  '<html>',
  '{"a',
])('nothing is made up: %s', (input) => {
  expect(firstMalformed(input)).not.toHaveProperty('hint');
});

test('a hint ends in the command that was given, and names the file so that a shell takes it', () => {
  const hint = (file: string, command?: string): string | undefined =>
    firstMalformed('a,b\n', file, command).hint?.replace(/^.* cat/, 'cat');
  expect(hint('my dump.csv', 'sfreplay check')).toBe("cat 'my dump.csv' | sfreplay check --topic NAME -");
  expect(hint("it's", 'sfreplay init')).toBe(String.raw`cat 'it'\''s' | sfreplay init --topic NAME -`);
  expect(hint('-')).toBe('cat | sfreplay --topic NAME');
});

describe('what is advised works', () => {
  const hasTools = ['jq', 'sed', 'iconv', 'grep'].every((tool) => {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`]);
      return true;
    } catch {
      return false;
    }
  });
  const advised = KINDS.filter(([, , , filter]) => filter !== '' && !filter.startsWith('mlr'));

  test.runIf(hasTools && process.platform === 'linux').each(advised)('%s', (_name, input, _looks, filter) => {
    // A mark within is not only between the words, and a part of a value is no value.
    const text = execFileSync('sh', ['-c', filter.replace(/ dump\.json$/, '')], { input: whole(input) }).toString();
    for (const line of text.trim().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
    expect(text).not.toBe('');
  });

  /** Where the example is a part of an input, one that has it. */
  function whole(input: string | Buffer): string | Buffer {
    if (typeof input !== 'string') return input;
    if (/^%|^Processed/.test(input)) return `${input}${A}\n`;
    return input.startsWith('  "') ? `{\n${input.replace(',', '')}}` : input.replace(/\n {2}\},\n$/, '\n');
  }
});
