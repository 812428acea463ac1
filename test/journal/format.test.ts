import { describe, expect, it } from 'vitest';
import { formatEntry, lineChecksum, parseEntry, type JournalEntry } from '../../src/journal/format.js';
import { BINDING } from './folder.js';

const ENTRIES: JournalEntry[] = [
  {
    ...{ kind: 'header', version: 2, run: 'r', started_at: '2026-01-01T00:00:00.000Z', failures_file: 'f' },
    ...{ successes_file: null, binding: BINDING },
  },
  {
    kind: 'settled',
    topics: [
      { topic: 'naïve "topic"', ranges: [[0, 3, 4_294_967_295]], failed: 1, cleared: [[4, 4]] },
      { topic: null, ranges: [], failed: 0 },
    ],
    files: { failures: 1_234, successes: 0 },
  },
  { kind: 'stopped' },
  { kind: 'job', topic: 't', id: '7501', ranges: [[1, 2]] },
  { kind: 'closing', topic: 't', id: '7501' },
  { kind: 'sending', topic: 't', ranges: [[5, 5]], repeatable: true },
  { kind: 'finished', lines: 9, exit_code: 1 },
];

describe('an entry', () => {
  it.each(ENTRIES)('$kind is read as it was written', (entry) => {
    const line = formatEntry(entry);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(parseEntry(line.slice(0, -1))).toEqual(entry);
  });

  it.each(ENTRIES)('$kind cut off anywhere, or with a letter changed, is none', (entry) => {
    const line = formatEntry(entry).slice(0, -1);
    for (let length = 0; length < line.length; length++) expect(parseEntry(line.slice(0, length))).toBeUndefined();
    const middle = Math.floor(line.length / 2);
    expect(parseEntry(`${line.slice(0, middle)}~${line.slice(middle + 1)}`)).toBeUndefined();
  });

  it.each(['', '{}', '{"kind":"finished"}', '{"crc":"","kind":"job"}', 'null'])('%j is none', (line) => {
    expect(parseEntry(line)).toBeUndefined();
  });
});

describe('the checksum of lines', () => {
  it('tells lines apart that would be the same joined', () => {
    expect(lineChecksum('b', lineChecksum('a', 0))).not.toBe(lineChecksum('', lineChecksum('ab', 0)));
    expect(lineChecksum('b', lineChecksum('a', 0))).not.toBe(lineChecksum('a', lineChecksum('b', 0)));
    expect(lineChecksum('', 0)).not.toBe(0);
  });
});
