import { describe, expect, test } from 'vitest';
import { deadLetterText } from '../../src/input/own-lines.js';
import { readMessage } from '../../src/input/envelope.js';
import type { DeadLetter, MalformedLine } from '../../src/core/record.js';

const position = { file: 'dump.ndjson', line: 7 };
const letter: Omit<DeadLetter, 'text'> = {
  position,
  error: { code: 'C', message: 'M' },
  outcome: 'failed',
  attempts: 2,
};
const error =
  '"error":{"code":"C","message":"M","outcome":"failed","source":{"file":"dump.ndjson","line":7},"attempts":2}';

describe('a line that was read', () => {
  test.each([
    [
      'stays to the letter',
      '{"topic":"t", "data":{"N":0.10, "S":"\\u00e9\\/"}}',
      `{"topic":"t", "data":{"N":0.10, "S":"\\u00e9\\/"},${error}}`,
    ],
    ['outer blanks', ' {"a":1}\t', ` {"a":1,${error}}`],
    ['an empty object', '{}', `{${error}}`],
    ['an empty object with blanks', '{ }', `{ ${error}}`],
    ['its own error is replaced', '{"topic":"t","error":"x","data":{}}', `{"topic":"t","data":{},${error}}`],
    ['its own error alone', '{"error":{"a":[1,{}]}}', `{${error}}`],
    ['its own error twice', '{"error":1,"a":2,"error":[]}', `{"a":2,${error}}`],
    [
      'an error deeper down is its own affair',
      '{"topic":"t","data":{"error": "x"}}',
      `{"topic":"t","data":{"error": "x"},${error}}`,
    ],
    [
      'an error in a text is none',
      '{"topic":"t","data":{"S":"\\"error\\": 1, {[\\\\"}}',
      `{"topic":"t","data":{"S":"\\"error\\": 1, {[\\\\"},${error}}`,
    ],
    [
      'members that come twice stay',
      '{"data":{"a":1,"a":2,"error":3},"b":0.10}',
      `{"data":{"a":1,"a":2,"error":3},"b":0.10,${error}}`,
    ],
    [
      'names that objects have by nature stay',
      '{"__proto__":{"error":1},"2":1,"1":2}',
      `{"__proto__":{"error":1},"2":1,"1":2,${error}}`,
    ],
  ])('%s', (_name, text, expected) => {
    expect(deadLetterText({ ...letter, text })).toBe(expected);
    expect(JSON.parse(deadLetterText({ ...letter, text }))).toMatchObject({ error: { code: 'C', source: position } });
  });

  test('fields are named where there are some', () => {
    const named = { ...letter, error: { code: 'C', message: 'M', fields: ['A'] }, outcome: 'in_doubt' as const };
    expect(JSON.parse(deadLetterText({ ...named, text: '{}' }))).toEqual({
      error: { code: 'C', message: 'M', fields: ['A'], outcome: 'in_doubt', source: position, attempts: 2 },
    });
    expect(deadLetterText({ ...named, text: '{}', error: { ...named.error, fields: [] } })).not.toContain('fields');
  });

  test.each([
    '{"topic":"t","data":{"N":12345678901234567890,"error":{"code":"x"}},"key":"k"}',
    '{"topic":"t","error":"mine","data":{"a":1}}',
    '{"topic":"t","partition":0,"offset":3,"key":"k","payload":"{\\"error\\":1}"}',
    '{"topic":"t","data":null,"key":"k"}',
  ])('is read back as the same record: %s', (text) => {
    const options = { envelope: 'auto', topic: undefined } as const;
    const before = readMessage({ kind: 'text', position, text }, options);
    const after = readMessage({ kind: 'text', position, text: deadLetterText({ ...letter, text }) }, options);
    expect(before.kind).toBe('message');
    expect({ ...after, text: '' }).toEqual({ ...before, text: '' });
    if (after.kind !== 'message') throw new Error('expected a message');
    // And written down once more it does not grow.
    expect(deadLetterText({ ...letter, text: after.text })).toBe(deadLetterText({ ...letter, text }));
  });

  test('bare records are read back, too', () => {
    const text = '{"Name":"x"}';
    const after = readMessage(
      { kind: 'text', position, text: deadLetterText({ ...letter, text }) },
      { envelope: 'auto', topic: 't' },
    );
    expect(after).toMatchObject({ kind: 'message', text, data: { Name: 'x' } });
  });
});

describe('a line that could not be read', () => {
  const malformed: MalformedLine = {
    kind: 'malformed',
    position,
    code: 'INVALID_JSON',
    message: 'not JSON',
    raw: '{"a":\u0001"é',
  };

  test('keeps its raw text', () => {
    expect(JSON.parse(deadLetterText(malformed))).toEqual({
      topic: null,
      raw: '{"a":\u0001"é',
      error: { code: 'INVALID_JSON', message: 'not JSON', outcome: 'failed', source: position, attempts: 0 },
    });
  });

  test('keeps its bytes where they are no text, and is read back as what it was', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    const line = {
      ...malformed,
      code: 'INVALID_UTF8' as const,
      raw: bytes.toString('utf8'),
      rawBase64: bytes.toString('base64'),
    };
    expect(JSON.parse(deadLetterText(line))).toMatchObject({ raw: '{\ufffd}', raw_base64: 'e/99' });
    const after = readMessage(
      { kind: 'text', position, text: deadLetterText(line) },
      { envelope: 'auto', topic: undefined },
    );
    expect(after).toMatchObject({ kind: 'malformed', code: 'INVALID_UTF8', raw: line.raw, rawBase64: line.rawBase64 });
  });

  test('put right by hand, it is read as what it should have been', () => {
    const text = deadLetterText({ ...malformed, raw: '{"topic":"t","data":{"a":1}}' });
    expect(readMessage({ kind: 'text', position, text }, { envelope: 'auto', topic: undefined })).toMatchObject({
      topic: 't',
      data: { a: 1 },
    });
  });
});
