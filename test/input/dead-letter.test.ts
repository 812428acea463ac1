import { describe, expect, test } from 'vitest';
import { isFailureLine } from '../../src/input/own-lines.js';
import { readMessage } from '../../src/input/envelope.js';
import type { Doubt, MalformedCode, MalformedLine, Message } from '../../src/core/record.js';

const position = { file: 'run.failed.ndjson', line: 2 };

function read(text: string, topic?: string): Message | MalformedLine {
  return readMessage({ kind: 'text', position, text }, { envelope: 'auto', topic });
}

function doubtIn(text: string, topic?: string): Doubt | undefined {
  const message = read(text, topic);
  return message.kind === 'message' ? message.doubt : undefined;
}

const error =
  '{"code":"X","message":"a } b","outcome":"failed","fields":["a"],"source":{"file":"d","line":1},"attempts":1}';

/** As the failures file is written: the error stands before the object's last brace. */
function deadLetter(text: string, errorText = error): string {
  const end = text.lastIndexOf('}');
  return `${text.slice(0, end)},"error":${errorText}${text.slice(end)}`;
}

function deadLetterOfMalformed(raw: string, code: MalformedCode, base64?: string): string {
  const more = base64 === undefined ? {} : { raw_base64: base64 };
  return JSON.stringify({ topic: null, raw, ...more, error: { ...(JSON.parse(error) as object), code } });
}

describe('a dead letter is its source line again', () => {
  test.each([
    ['native', '{"topic":"t","data":{"a":0.10}}'],
    ['native with blanks', ' { "topic" : "t" , "data" : { "a" : [1, "}", {"b": 2}] } } '],
    ['kcat', String.raw`{"topic":"t","broker":1,"key":"k\"","payload":"{\"a\":\"\\\\\"}"}`],
    ['rpk', '{"topic":"t","key":"k","value":"{}"}'],
    ['a tombstone', '{"topic":"t","key":"k","value":null}'],
    ['an rpk tombstone without a value', '{"topic":"t","key":"k"}'],
    ['with an error of another shape', '{"topic":"t","error":{"code":"own"},"data":{"a":1}}'],
    ['with an error that is text', '{"topic":"t","data":{"a":1},"error":"own"}'],
    [
      'with the word in other places',
      '{"topic":"error","key":"error","data":{"error":{"code":"c","message":"m","outcome":"failed"}}}',
    ],
  ])('%s', (_, source) => {
    const plain = read(source);
    expect(plain).toMatchObject({ kind: 'message', text: source });
    expect(read(deadLetter(source))).toEqual(plain);
    // A second failure is written from the message's text, so it neither nests nor adds up.
    expect(read(deadLetter(deadLetter(source)))).toEqual(plain);
  });

  test('however many there are', () => {
    const errors = `"error":${error},`.repeat(15_000);
    expect(read(`{${errors}"topic":"t","data":{}}`)).toMatchObject({ text: '{"topic":"t","data":{}}' });
    const own = '{"topic":"t","data":{},"error":"own"}';
    expect(read(`{"topic":"t","data":{},"error":"own",${errors.slice(0, -1)}}`)).toMatchObject({ text: own });
    expect(read(`{${errors.slice(0, -1)}}`)).toMatchObject({ code: 'NO_TOPIC', raw: '{}' });
  });

  test.each(['failed', 'in_doubt', 'unsent'])('outcome %s', (outcome) => {
    const source = '{"topic":"t","data":{}}';
    const text = deadLetter(source, `{"code":"X","message":"","outcome":"${outcome}"}`);
    expect(read(text)).toMatchObject({ text: source });
  });

  test.each([
    ['first', `{"error":${error},"topic":"t","data":{}}`, '{"topic":"t","data":{}}'],
    ['in the middle, with blanks', `{"topic":"t" , "error" : ${error} , "data":{}}`, '{"topic":"t"  , "data":{}}'],
    ['under an escaped name', `{"topic":"t","data":{},"\\u0065rror":${error}}`, '{"topic":"t","data":{}}'],
  ])('moved by another tool: %s', (_, text, source) => {
    expect(read(text)).toMatchObject({ kind: 'message', text: source });
  });

  test.each([
    ['no outcome', '{"code":"X","message":"m"}'],
    ['another outcome', '{"code":"X","message":"m","outcome":"great"}'],
    ['a code that is no text', '{"code":1,"message":"m","outcome":"failed"}'],
    ['no message', '{"code":"X","outcome":"failed"}'],
    ['null', 'null'],
    ['a list', '[{"code":"X","message":"m","outcome":"failed"}]'],
  ])("an error of the user's own stays: %s", (_, own) => {
    const text = deadLetter('{"topic":"t","data":{}}', own);
    expect(read(text)).toMatchObject({ kind: 'message', text });
  });

  test('with --topic the error is not part of the record', () => {
    const source = '{"Name":"x","Amount":0.10}';
    expect(read(deadLetter(source), 'given')).toEqual(read(source, 'given'));
    expect(read(deadLetter(source), 'given')).toMatchObject({ text: source, topic: 'given' });
    expect(read(`{"error":${error}}`, 'given')).toMatchObject({ text: '{}', data: {} });
    const own = '{"Name":"x","error":"mine"}';
    expect(read(own, 'given')).toMatchObject({ text: own, data: { Name: 'x', error: 'mine' } });
    expect(read(deadLetter(own), 'given')).toMatchObject({ text: own, data: { Name: 'x', error: 'mine' } });
  });
});

describe('the dead letter of a malformed line is that line again', () => {
  test.each<[MalformedCode, string]>([
    ['INVALID_JSON', '{"topic":"t"'],
    ['NOT_AN_OBJECT', '[1]'],
    ['NO_TOPIC', '{"data":{}}'],
    ['INVALID_RECORD', '{"topic":"t","data":1}'],
  ])('%s, unedited', (code, raw) => {
    expect(read(deadLetterOfMalformed(raw, code))).toMatchObject({ kind: 'malformed', code, raw, position });
  });

  test('put right, it succeeds', () => {
    const raw = '{"topic":"t","data":{"a":1}}';
    expect(read(deadLetterOfMalformed(raw, 'INVALID_JSON'))).toMatchObject({
      kind: 'message',
      text: raw,
      topic: 't',
      position,
    });
    expect(read(deadLetterOfMalformed('{"Name":"x"}', 'INVALID_JSON'), 'given')).toMatchObject({ data: { Name: 'x' } });
  });

  test('put right on several lines, it is one line', () => {
    const message = read(deadLetterOfMalformed('{"topic":"t",\r\n"data":{"a":1}\n}', 'INVALID_JSON'));
    expect(message).toMatchObject({ kind: 'message', text: '{"topic":"t", "data":{"a":1} }' });
  });

  test('a raw dead letter inside is read as what it stands for', () => {
    const raw = deadLetter('{"topic":"t","data":{"a":1}}');
    expect(read(deadLetterOfMalformed(raw, 'INVALID_JSON'))).toMatchObject({ text: '{"topic":"t","data":{"a":1}}' });
  });

  const bytes = Buffer.from('{"topic":"t","data":{"Name":"M\xfcller"}}', 'latin1');
  const base64 = bytes.toString('base64');

  test('INVALID_UTF8, unedited', () => {
    const raw = bytes.toString('utf8');
    const message = read(deadLetterOfMalformed(raw, 'INVALID_UTF8', base64));
    expect(message).toMatchObject({ kind: 'malformed', code: 'INVALID_UTF8', raw, rawBase64: base64, position });
  });

  test('INVALID_UTF8 with its raw text put right', () => {
    const raw = '{"topic":"t","data":{"Name":"Müller"}}';
    expect(read(deadLetterOfMalformed(raw, 'INVALID_UTF8', base64))).toMatchObject({ text: raw });
  });

  test('INVALID_UTF8 with its bytes put right', () => {
    const right = Buffer.from('{"topic":"t","data":{"Name":"Müller"}}');
    const text = deadLetterOfMalformed(bytes.toString('utf8'), 'INVALID_UTF8', right.toString('base64'));
    expect(read(text)).toMatchObject({ kind: 'message', text: right.toString() });
  });

  test('LINE_TOO_LONG stays what it is, though its beginning be JSON', () => {
    const raw = '{"topic":"t","data":{}}';
    const message = read(deadLetterOfMalformed(raw, 'LINE_TOO_LONG'));
    expect(message).toEqual({ kind: 'malformed', code: 'LINE_TOO_LONG', message: 'a } b', raw, position });
  });

  test.each([
    ['without a raw text', `{"topic":null,"error":${error}}`],
    ['with a topic', `{"topic":5,"raw":"{}","error":${error}}`],
  ])('%s it is a line like others', (_, text) => {
    expect(read(text)).toMatchObject({ kind: 'malformed', code: 'NO_TOPIC' });
  });
});

describe('what a dead letter has in doubt', () => {
  const textLine = (text: string) => ({ kind: 'text', position, text }) as const;
  const inDoubt = error.replace('"failed"', '"in_doubt"');

  test('is told with its reason and the attempts', () => {
    const doubt = { error: { code: 'X', message: 'a } b', fields: ['a'] }, attempts: 1 };
    expect(doubtIn(deadLetter('{"topic":"t","data":{}}', inDoubt))).toEqual(doubt);
    expect(doubtIn(deadLetter('{"Name":"x"}', inDoubt), 't')).toEqual(doubt);
    // Its line was broken by hand, kept as malformed, and mended since.
    const mended = deadLetterOfMalformed(deadLetter('{"topic":"t","data":{}}', inDoubt), 'INVALID_JSON');
    expect(doubtIn(mended)).toEqual(doubt);
  });

  test('needs neither fields nor attempts', () => {
    const short = '{"code":"X","message":"m","outcome":"in_doubt"}';
    expect(doubtIn(deadLetter('{"topic":"t","data":{}}', short))).toEqual({
      error: { code: 'X', message: 'm' },
      attempts: 0,
    });
  });

  test.each([
    ['another outcome', deadLetter('{"topic":"t","data":{"a":"in_doubt"}}')],
    ['no error of ours', '{"topic":"t","data":{},"error":{"outcome":"in_doubt"}}'],
    ['no JSON', '{"outcome":"in_doubt"'],
    ['a list', '["in_doubt"]'],
  ])('is nothing for %s', (_, text) => {
    expect(doubtIn(text)).toBeUndefined();
  });

  test.each([
    [deadLetter('{"topic":"t"}'), true],
    [deadLetterOfMalformed('{', 'INVALID_JSON'), true],
    ['{"topic":"t","data":{}}', false],
    ['{"topic":"t","error":{"code":"own"}}', false],
    ['no JSON', false],
  ])('a line of a failures file is known: %s', (text, isOne) => {
    expect(isFailureLine(textLine(text))).toBe(isOne);
  });
});
