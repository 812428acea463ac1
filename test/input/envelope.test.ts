import { LosslessNumber } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import { readMessage } from '../../src/input/envelope.js';
import type { MalformedLine, Message } from '../../src/core/record.js';
import type { Envelope } from '../../src/core/settings.js';

const position = { file: 'f', line: 3 };

function read(text: string, envelope: Envelope = 'auto', topic?: string): Message | MalformedLine {
  return readMessage({ kind: 'text', position, text }, { envelope, topic });
}

/** What a line came to, in one line: `topic key data`, or the code and message. */
function shown(message: Message | MalformedLine): string {
  if (message.kind === 'malformed') return `${message.code}: ${message.message}`;
  return [message.topic, message.key, message.data]
    .map((part) => (part === undefined ? '-' : JSON.stringify(part)))
    .join(' ');
}

describe('auto tells the envelopes apart line by line', () => {
  test.each([
    ['native', '{"topic":"t","data":{"a":1}}', '"t" - {"a":1}'],
    [
      'native with everything',
      '{"topic":"t","key":"k","partition":1,"offset":2,"timestamp":3,"data":{"a":1}}',
      '"t" "k" {"a":1}',
    ],
    ['native with an empty record', '{"topic":"t","data":{}}', '"t" - {}'],
    ['native with a null key', '{"topic":"t","key":null,"data":{}}', '"t" - {}'],
    ['native with an object as key', '{"topic":"t","key":{"id":1},"data":{}}', '"t" {"id":1} {}'],
    ['native tombstone', '{"topic":"t","key":"k","data":null}', '"t" "k" null'],
    ['native tombstone without a key', '{"topic":"t","data":null}', 'INVALID_RECORD: has neither a record nor a key'],
    [
      'native tombstone with a null key',
      '{"topic":"t","key":null,"data":null}',
      'INVALID_RECORD: has neither a record nor a key',
    ],
    [
      'data before payload and value',
      '{"topic":"t","data":{"a":1},"payload":{"b":1},"value":{"c":1}}',
      '"t" - {"a":1}',
    ],
    ['data as text', '{"topic":"t","data":"{}"}', 'INVALID_RECORD: "data" must be an object, not a string'],
    ['data as array', '{"topic":"t","data":[1]}', 'INVALID_RECORD: "data" must be an object, not an array'],
    ['data as number', '{"topic":"t","data":1.0}', 'INVALID_RECORD: "data" must be an object, not a number'],
    [
      'kcat',
      '{"topic":"t","partition":0,"offset":1,"tstype":"create","ts":1,"broker":1,"key":"k","payload":"{\\"a\\":1}"}',
      '"t" "k" {"a":1}',
    ],
    [
      'kcat with a byte-order mark in the text',
      '{"topic":"t","key":"k","payload":"\uFEFF{\\"a\\":1}"}',
      '"t" "k" {"a":1}',
    ],
    ['rpk with one that is escaped', '{"topic":"t","key":"k","value":"\\ufeff{\\"a\\":1}"}', '"t" "k" {"a":1}'],
    ['kcat with an object', '{"topic":"t","key":"k","payload":{"a":1}}', '"t" "k" {"a":1}'],
    ['kcat before rpk', '{"topic":"t","payload":{"a":1},"value":{"b":1}}', '"t" - {"a":1}'],
    ['kcat tombstone', '{"topic":"t","key":"k","payload":null}', '"t" "k" null'],
    ['kcat tombstone, payload absent', '{"topic":"t","tstype":"create","ts":1,"key":"k"}', '"t" "k" null'],
    ['kcat tombstone, payload absent, broker', '{"topic":"t","broker":1,"key":"k"}', '"t" "k" null'],
    [
      'kcat tombstone without a key',
      '{"topic":"t","broker":1,"key":null,"payload":null}',
      'INVALID_RECORD: has neither a record nor a key',
    ],
    [
      'kcat that failed to decode',
      '{"topic":"t","key":"k","payload":null,"payload_error":"bad magic"}',
      'INVALID_RECORD: kcat could not decode the payload (see "payload_error")',
    ],
    [
      'kcat, not JSON',
      '{"topic":"t","payload":"hello"}',
      'INVALID_RECORD: "payload" holds a text that is not JSON: JSON value expected but got \'h\' at column 1',
    ],
    [
      'kcat, empty text',
      '{"topic":"t","key":"k","payload":""}',
      'INVALID_RECORD: "payload" holds a text that is not JSON: only blanks',
    ],
    [
      'kcat, JSON but no object',
      '{"topic":"t","payload":"[1]"}',
      'INVALID_RECORD: the JSON text in "payload" must be an object, not an array',
    ],
    [
      'kcat, the text null is no tombstone',
      '{"topic":"t","key":"k","payload":"null"}',
      'INVALID_RECORD: the JSON text in "payload" must be an object, not null',
    ],
    [
      'kcat, text in text',
      '{"topic":"t","payload":"\\"{}\\""}',
      'INVALID_RECORD: the JSON text in "payload" must be an object, not a string',
    ],
    ['kcat, number', '{"topic":"t","payload":5}', 'INVALID_RECORD: "payload" must be an object, not a number'],
    ['rpk', '{"topic":"t","key":"k","value":"{\\"a\\":1}","timestamp":1,"partition":0,"offset":0}', '"t" "k" {"a":1}'],
    ['rpk with an object', '{"topic":"t","value":{"a":1}}', '"t" - {"a":1}'],
    ['rpk tombstone', '{"topic":"t","key":"k","value":null}', '"t" "k" null'],
    ['rpk tombstone, value absent', '{"topic":"t","key":"k"}', '"t" "k" null'],
    [
      'rpk tombstone, value absent, metadata',
      '{"topic":"t","key":"k","headers":[],"timestamp":1,"partition":0,"offset":0}',
      '"t" "k" null',
    ],
    [
      'rpk, neither key nor value',
      '{"topic":"t","timestamp":1,"partition":0,"offset":0}',
      'INVALID_RECORD: has no "data", "payload" or "value"',
    ],
    [
      'rpk --meta-only is no tombstone',
      '{"topic":"t","key":"k","value_size":9,"timestamp":1,"partition":0,"offset":0}',
      'INVALID_RECORD: "value" was left out by rpk (--meta-only)',
    ],
    [
      'rpk, not JSON',
      '{"topic":"t","value":"{"}',
      'INVALID_RECORD: "value" holds a text that is not JSON: only the beginning of a value: is one object spread over several lines?',
    ],
    [
      'a record under no known name',
      '{"topic":"t","key":"k","Name":"x"}',
      'INVALID_RECORD: has no "data", "payload" or "value"',
    ],
  ])('%s', (_, text, expected) => {
    expect(shown(read(text))).toBe(expected);
  });
});

describe('malformed lines', () => {
  test.each([
    [
      'not JSON',
      '{"topic":"t","data":{}',
      "INVALID_JSON: not JSON: Quoted object key or end of object '}' expected but reached end of input at column 23",
    ],
    ['an array', '[{"topic":"t"}]', 'NOT_AN_OBJECT: must be a JSON object, not an array'],
    ['a string', '"t"', 'NOT_AN_OBJECT: must be a JSON object, not a string'],
    ['null', 'null', 'NOT_AN_OBJECT: must be a JSON object, not null'],
    ['a number', '1', 'NOT_AN_OBJECT: must be a JSON object, not a number'],
    ['a number that keeps its digits', '1.0', 'NOT_AN_OBJECT: must be a JSON object, not a number'],
    ['no topic', '{"data":{}}', 'NO_TOPIC: has no "topic"'],
    ['an empty topic', '{"topic":"","data":{}}', 'NO_TOPIC: "topic" is empty'],
    ['a null topic', '{"topic":null,"data":{}}', 'NO_TOPIC: "topic" must be a string, not null'],
    ['a number as topic', '{"topic":1.0,"data":{}}', 'NO_TOPIC: "topic" must be a string, not a number'],
    ['an object as topic', '{"topic":{},"data":{}}', 'NO_TOPIC: "topic" must be a string, not an object'],
    ['no topic comes before no record', '{"data":1}', 'NO_TOPIC: has no "topic"'],
    [
      'nested too deep',
      `{"topic":"t","data":${'['.repeat(5000)}${']'.repeat(5000)}}`,
      'INVALID_JSON: not JSON: nested more than 1000 deep, at column 1020',
    ],
  ])('%s', (_, text, expected) => {
    const message = read(text);
    expect(shown(message)).toBe(expected);
    expect(message).toMatchObject({ kind: 'malformed', position, raw: text });
  });

  test('a line that was malformed before is handed on', () => {
    const line: MalformedLine = {
      kind: 'malformed',
      position,
      code: 'INVALID_UTF8',
      message: 'm',
      raw: 'r',
      rawBase64: 'cg==',
    };
    expect(readMessage(line, { envelope: 'auto', topic: undefined })).toBe(line);
  });
});

describe('a given envelope is the only one understood', () => {
  const nativeLine = '{"topic":"t","key":"k","data":{"a":1}}';
  const kcatLine = '{"topic":"t","key":"k","payload":{"a":1}}';
  const rpkLine = '{"topic":"t","key":"k","value":{"a":1}}';
  test.each<[Envelope, string, string]>([
    ['native', nativeLine, '"t" "k" {"a":1}'],
    ['native', kcatLine, 'INVALID_RECORD: "data" is missing'],
    ['native', rpkLine, 'INVALID_RECORD: "data" is missing'],
    ['native', '{"topic":"t","key":"k"}', 'INVALID_RECORD: "data" is missing'],
    ['kcat', kcatLine, '"t" "k" {"a":1}'],
    ['kcat', nativeLine, 'INVALID_RECORD: "payload" is missing'],
    ['kcat', rpkLine, 'INVALID_RECORD: "payload" is missing'],
    ['kcat', '{"topic":"t","key":"k"}', 'INVALID_RECORD: "payload" is missing'],
    ['kcat', '{"topic":"t","key":"k","data":{"b":1},"payload":{"a":1}}', '"t" "k" {"a":1}'],
    ['rpk', rpkLine, '"t" "k" {"a":1}'],
    ['rpk', nativeLine, 'INVALID_RECORD: "value" is missing'],
    ['rpk', kcatLine, 'INVALID_RECORD: "value" is missing'],
    ['rpk', '{"topic":"t","key":"k"}', '"t" "k" null'],
    ['rpk', '{"topic":"t","key":"k","data":{"b":1},"value":{"a":1}}', '"t" "k" {"a":1}'],
  ])('%s: %s', (envelope, text, expected) => {
    expect(shown(read(text, envelope))).toBe(expected);
  });
});

describe('with --topic the line is the record', () => {
  test.each<[string, Envelope, string]>([
    ['{"Name":"x"}', 'auto', '"given" - {"Name":"x"}'],
    ['{}', 'auto', '"given" - {}'],
    ['{"topic":"t","key":"k","data":{"a":1}}', 'auto', '"given" - {"topic":"t","key":"k","data":{"a":1}}'],
    ['{"payload":null}', 'kcat', '"given" - {"payload":null}'],
    ['[1]', 'auto', 'NOT_AN_OBJECT: must be a JSON object, not an array'],
    ['{', 'auto', 'INVALID_JSON: not JSON: only the beginning of a value: is one object spread over several lines?'],
  ])('%s', (text, envelope, expected) => {
    expect(shown(read(text, envelope, 'given'))).toBe(expected);
  });
});

describe('what a message carries', () => {
  test('the text as read, and the digits', () => {
    const text = ' { "topic" : "t", "data": {"n":0.10} } ';
    const message = read(text);
    expect(message).toMatchObject({ kind: 'message', text, position, topic: 't' });
    expect((message as Message).data).toEqual({ n: new LosslessNumber('0.10') });
  });

  test.each(['payload', 'value'])('digits inside the text of "%s"', (name) => {
    const message = read(
      JSON.stringify({ topic: 't', [name]: '{"a":0.10,"b":12345678901234567890,"c":5}' }),
    ) as Message;
    expect(Object.values(message.data!).map(String)).toEqual(['0.10', '12345678901234567890', '5']);
    expect(typeof message.data!['c']).toBe('number');
  });
});
