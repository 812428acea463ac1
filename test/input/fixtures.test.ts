import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readMessage } from '../../src/input/envelope.js';
import { LineSplitter } from '../../src/input/lines.js';
import type { MalformedLine, Message } from '../../src/core/record.js';

const fixtures = new URL('../../fixtures/input/', import.meta.url);

async function messagesOf(name: string, topic?: string): Promise<(Message | MalformedLine)[]> {
  const splitter = new LineSplitter(name);
  const lines = [...splitter.push(await readFile(new URL(name, fixtures))), ...splitter.end()];
  return lines.map((line) => readMessage(line, { envelope: 'auto', topic }));
}

function shown(message: Message | MalformedLine): string {
  const { line } = message.position;
  if (message.kind === 'malformed') return `${line} ${message.code}`;
  return `${line} ${message.topic} ${JSON.stringify(message.key ?? null)} ${message.data === null ? 'tombstone' : Object.values(message.data).map(String).join()}`;
}

describe('the samples, from bytes to messages', () => {
  test.each([
    [
      'native.ndjson',
      ['1 accounts null A-1,Müller & Söhne', '2 accounts "A-2" A-2,Acme', '3 accounts "A-2" tombstone'],
    ],
    ['kcat.ndjson', ['1 leads "L-1" Curie,0.10', '2 leads "L-1" tombstone', '3 leads null Avro', '4 INVALID_RECORD']],
    ['rpk.ndjson', ['1 contacts "C-1" Noether', '2 contacts "C-1" tombstone', '3 INVALID_RECORD']],
    ['digits.ndjson', ['1 t null 12345678901234567890,0.10,1.0,1e3,-0,0.0000001,17']],
    [
      'malformed.ndjson',
      ['1 INVALID_JSON', '2 NOT_AN_OBJECT', '3 NO_TOPIC', '4 INVALID_RECORD', '5 INVALID_RECORD', '6 t null 1'],
    ],
    ['invalid-utf8.ndjson', ['1 t null before', '2 INVALID_UTF8', '3 t null after ü']],
    [
      'dead-letters.ndjson',
      ['1 t "k" 0.10', '2 t "k" 0.10', '3 INVALID_JSON', '4 t null right', '5 INVALID_UTF8', '6 LINE_TOO_LONG'],
    ],
  ])('%s', async (name, expected) => {
    expect((await messagesOf(name)).map(shown)).toEqual(expected);
  });

  test('bare.ndjson', async () => {
    expect((await messagesOf('bare.ndjson', 'accounts')).map(shown)).toEqual(['1 accounts null A-1,Acme']);
  });
});
