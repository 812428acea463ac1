import { LosslessNumber } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import { isJsonObject, parseJson } from '../../src/input/json.js';
import type { JsonValue } from '../../src/core/record.js';

/** Every number of a value as it would be printed. */
function printed(value: JsonValue): string {
  return value instanceof LosslessNumber ? value.toString() : JSON.stringify(value);
}

describe('numbers keep their digits', () => {
  test.each([
    ['0', 'number'],
    ['7', 'number'],
    ['-7', 'number'],
    ['42.5', 'number'],
    ['-0.5', 'number'],
    ['0.25', 'number'],
    ['0.000001', 'number'],
    ['123456789012345', 'number'],
    ['9007199254740991', 'number'],
    ['-0', 'lossless'],
    ['0.10', 'lossless'],
    ['1.0', 'lossless'],
    ['-0.0', 'lossless'],
    ['100.00', 'lossless'],
    ['1e3', 'lossless'],
    ['1E-7', 'lossless'],
    ['1.5e+300', 'number'],
    ['1.5e300', 'lossless'],
    ['0.0000001', 'lossless'],
    ['9007199254740993', 'lossless'],
    ['12345678901234567890', 'lossless'],
    ['-12345678901234567890.123456789', 'lossless'],
    ['0.1234567890123456789', 'lossless'],
    ['1e400', 'lossless'],
    ['1e-400', 'lossless'],
  ])('%s', (digits, kind) => {
    const contexts = [
      digits,
      ` ${digits} `,
      `[${digits}]`,
      `{"a":${digits}}`,
      `{"a" : ${digits} ,"b":[1,\t${digits}\n]}`,
    ];
    for (const text of contexts) {
      const value = parseJson(text);
      const inner = isJsonObject(value) ? value['a']! : Array.isArray(value) ? value[0]! : value;
      expect(printed(inner)).toBe(digits);
      expect(inner instanceof LosslessNumber ? 'lossless' : typeof inner).toBe(kind);
    }
  });

  test('a random number prints as it was written', () => {
    const random = seeded(7);
    const pick = (characters: string, most: number) =>
      Array.from(
        { length: Math.floor(random() * (most + 1)) },
        () => characters[Math.floor(random() * characters.length)],
      ).join('');
    for (let round = 0; round < 20_000; round++) {
      const whole = random() < 0.3 ? '0' : `${1 + Math.floor(random() * 9)}${pick('0123456789', 19)}`;
      const fraction = random() < 0.5 ? '' : `.${pick('0001234567899', 12)}${Math.floor(random() * 10)}`;
      const exponent =
        random() < 0.8
          ? ''
          : `${pick('eE', 0) || 'e'}${['', '+', '-'][Math.floor(random() * 3)]!}${Math.floor(random() * 30)}`;
      const digits = `${random() < 0.3 ? '-' : ''}${whole}${fraction}${exponent}`;
      const value = parseJson(`{"a":${digits}}`) as { a: JsonValue };
      expect(printed(value.a)).toBe(digits);
      expect(typeof value.a === 'number').toBe(String(Number(digits)) === digits);
    }
  });

  test('digits in strings and names are text', () => {
    const text = String.raw`{"1.0":"0.10","a\"1.0":"\\","b":"\",1.0,","c":"12345678901234567890","d":1.0}`;
    const expected = {
      '1.0': '0.10',
      'a"1.0': '\\',
      b: '",1.0,',
      c: '12345678901234567890',
      d: new LosslessNumber('1.0'),
    };
    expect(parseJson(text)).toEqual(expected);
  });

  test('a text that holds NULs is not taken for a number', () => {
    const value = parseJson(String.raw`{"a":"\u00001.0","b":"\u0000\u00002.0","c":1.0}`);
    expect(value).toEqual({ a: '\0' + '1.0', b: '\0\0' + '2.0', c: new LosslessNumber('1.0') });
  });

  test('nor are texts that begin with control characters in any order', () => {
    const random = seeded(7);
    const text = (): string =>
      Array.from({ length: Math.floor(random() * 4) }, () => String.fromCharCode(Math.floor(random() * 9))).join('');
    for (let round = 0; round < 200; round++) {
      const texts = Array.from({ length: 100 }, () => `${text()}1.0`);
      const json = `[${texts.map((one) => `${JSON.stringify(one)},1.0`).join()}]`;
      expect(parseJson(json)).toEqual(texts.flatMap((one) => [one, new LosslessNumber('1.0')]));
    }
  });
});

describe('otherwise it is JSON.parse', () => {
  test.each([
    ['duplicate names: the last wins', '{"a":1,"b":2,"a":3}'],
    ['duplicates that are equal', '{"a":1,"a":1}'],
    ['escapes', String.raw`{"a":"\u00e9\n\/\"\\ \ud83d\ude00"}`],
    ['names like numbers', '{"2":1,"1":2}'],
  ])('%s', (_, text) => {
    const plain: unknown = JSON.parse(text);
    expect(parseJson(text)).toEqual(plain);
    expect(Object.keys(parseJson(text) as object)).toEqual(Object.keys(plain as object));
    // And the same beside a number that needs its digits.
    expect(parseJson(`[${text},1.0]`)).toEqual([plain, new LosslessNumber('1.0')]);
  });

  test('the last of two unequal numbers wins on the exact way too', () => {
    expect(parseJson('{"a":1.0,"a":2.50}')).toEqual({ a: new LosslessNumber('2.50') });
  });

  test.each(['{"__proto__":{"polluted":1}}', '{"__proto__":{"polluted":1.0}}', '{"__proto__":1.0}'])(
    '%s is a plain member',
    (text) => {
      const value = parseJson(text) as object;
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(Object.hasOwn(value, '__proto__')).toBe(true);
      expect('polluted' in value).toBe(false);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
  );
});

describe('mistakes', () => {
  test.each([
    ['', 'only blanks'],
    ['{', 'only the beginning of a value: is one object spread over several lines?'],
    ['{"a":1', "Quoted object key or end of object '}' expected but reached end of input at column 7"],
    ['{"a":1}}', "Expected end of input but got '}' at column 8"],
    ['{"a" 1}', "Colon ':' expected after property name but got '1' at column 6"],
    ['{a:1}', "Quoted object key expected but got 'a' at column 2"],
    ['{"a":01}', "Comma ',' expected after value but got '1' at column 7"],
    ['{1.0:2}', "Quoted object key expected but got '1' at column 2"],
    ['{ 1.0 : 2 }', "Quoted object key expected but got '1' at column 3"],
    ['[01.0]', "Comma ',' expected after value but got '1' at column 3"],
    ['nonsense', "JSON value expected but got 'n' at column 1"],
  ])('%j', (text, message) => {
    expect(() => parseJson(text)).toThrow(new SyntaxError(message));
  });

  test.each([
    ['a long text', `{"a":"${'x'.repeat(200_000)}`],
    ['a long number', `[${'1'.repeat(50_000)}-]`],
    ['a control character', '{"a":"x\u0001"}'],
  ])('%s is not repeated in the message', (_, text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
    expect(messageOf(() => parseJson(text)).length).toBeLessThan(150);
  });

  test.each([
    ['arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects', '{"a":'.repeat(100_000) + '1.0' + '}'.repeat(100_000)],
    ['unclosed arrays', '['.repeat(50_000)],
    ['one too many', '['.repeat(1001) + ']'.repeat(1001)],
  ])('%s nested too deep', (_, text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test.each([
    ['values', `[${'1.0,'.repeat(600_000)}1]`, 'more than 250000 values'],
    ['members', `{${'"a":1.0,'.repeat(600_000)}"b":1}`, 'more than 250000 values'],
    ['unfinished', `[${'{},'.repeat(600_000)}`, 'more than 250000 values'],
    ['levels', '['.repeat(2_000_000), 'nested more than 1000 deep, at column 1001'],
    ['unfinished text', `["${','.repeat(2_000_000)}`, 'not valid JSON'],
  ])('a text of too many %s', (_, text, message) => {
    expect(() => parseJson(text)).toThrow(new SyntaxError(message));
  });

  test('commas and brackets in a text are not counted', () => {
    const text = `{"a":"${'[,'.repeat(1_000_000)}","b":1.0}`;
    expect(parseJson(text)).toMatchObject({ b: new LosslessNumber('1.0') });
  });

  test('nesting up to the limit is read', () => {
    expect(() => parseJson('['.repeat(1000) + '1.0' + ']'.repeat(1000))).not.toThrow();
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
