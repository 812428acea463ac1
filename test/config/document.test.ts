import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../src/config/tree.js';
import { parseConfigText } from '../../src/config/document.js';

describe('parseConfigText', () => {
  it.each([
    ['a: 1', { a: 1 }],
    ['{\n\t"a": [1, "x"]\n}', { a: [1, 'x'] }],
    ['{"a": "\\ud83d\\ude00\\/"}', { a: '😀/' }],
    ['\uFEFFa: 1', { a: 1 }],
    ['\uFEFFa:\r\n  - b: x\r\n    c: |\r\n      d\r\n', { a: [{ b: 'x', c: 'd\n' }] }],
    ['{\r\n  "a": "x"\r\n}\r\n', { a: 'x' }],
    ['a: 65.0', { a: '65.0' }],
    ['a: FALSE', { a: 'FALSE' }],
    ['a: false', { a: false }],
    ['a: 1955279925675241571', { a: '1955279925675241571' }],
    ['a: &x {b: 1}\nc: {<<: *x}', { a: { b: 1 }, c: { b: 1 } }],
    ['a: [${BROKERS}, "${B:x}"]', { a: ['${BROKERS}', '${B:x}'] }],
    ['a: ${B:http://x: y}', { a: '${B:http://x: y}' }],
    ['a: !!int ${N:500}', { a: '${N:500}' }],
    ['', undefined],
    ['# nothing\n', undefined],
  ])('reads %j', (source, expected) => {
    expect(parseConfigText(source)).toEqual(expected);
  });

  it.each([
    ['client_secret: "s3cr3t', 'line 1, column 23: Missing closing'],
    ['a: 1\nclient_secret: [s3cr3t', 'line 2, column 23: '],
    ['client_secret: s3cr3t: x: y', 'line 1, column 16: Nested mappings are not allowed in compact mappings'],
    ['a: 1\na: 2', 'line 2, column 1: Map keys must be unique'],
    ['client_secret: *s3cr3t', 'Unresolved alias (the anchor must be set before the alias)'],
    ['client_secret: {"s3cr3t"]', 'line 1, column '],
    ['client_secret: {{ s3cr3t }}', 'line 1, column 17: a list or a map where a key belongs; put quotes around it'],
    ['a: &x [s3cr3t]\nb: {? *x : 1}', 'line 2, column 7: a list or a map where a key belongs'],
    ['a: &x {s3cr3t: 1, b: *x}', 'a.b refers to itself'],
    [
      'a: 1\n---\ns3cr3t: 2',
      'line 2, column 1: Source contains multiple documents; please use YAML.parseAllDocuments()',
    ],
  ])('says where %j is wrong, and quotes nothing of it', (source, message) => {
    let error: unknown;
    try {
      parseConfigText(source);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DocumentError);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('s3cr3t');
  });

  it('says so where there are too many levels', () => {
    expect(() => parseConfigText(`a: ${'['.repeat(20_000)}`)).toThrow('too many levels');
    expect(() => parseConfigText(`a: ${'{a: '.repeat(60)}1${'}'.repeat(60)}`)).toThrow('it has more than 50 levels');
  });
});
