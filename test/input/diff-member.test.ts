import { expect, test } from 'vitest';
import { withDiff, withoutDiff } from '../../src/input/own-lines.js';
import { readMessage } from '../../src/input/envelope.js';

const position = { file: 'a', line: 1 };
const auto = { envelope: 'auto', topic: undefined } as const;

test.each([
  '{"topic":"t","data":{"n":0.10}}',
  '{"topic":"t","data":null,"key":"k"}',
  '{ "topic" : "t", "payload": "{\\"a\\":1}" } ',
  '{"topic":"t","key":"k"}',
])('%s is read as it was before', (text) => {
  const marked = withDiff(text, 'update');
  expect((JSON.parse(marked) as { diff: unknown }).diff).toEqual({ action: 'update' });
  const before = readMessage({ kind: 'text', position, text }, auto);
  const after = readMessage({ kind: 'text', position, text: marked }, auto);
  expect({ ...after, text: '' }).toEqual({ ...before, text: '' });
  expect(JSON.parse(withoutDiff(marked))).toEqual(JSON.parse(text));
});

test('a bare record has none of it either, and keeps a member of that name of its own', () => {
  const bare = { envelope: 'auto', topic: 't' } as const;
  const read = (text: string) => readMessage({ kind: 'text', position, text }, bare);
  expect(read(withDiff('{"Name":"x"}', 'create'))).toMatchObject({ data: { Name: 'x' }, text: '{"Name":"x"}' });
  expect(read(withDiff('{}', 'create'))).toMatchObject({ data: {} });
  expect(read('{"diff":"x"}')).toMatchObject({ data: { diff: 'x' } });
  expect(read('{"diff":{"action":"x"}}')).toMatchObject({ data: { diff: { action: 'x' } } });
});
