import { crc32 } from 'node:zlib';
import type { FileLengths } from '../core/journal.js';

/** Of the format. */
export const VERSION = 2;

/**
 * The entries of a journal, a JSON object a line. Records are named by topic and ordinal: the 0-based count of the
 * topic's lines. The topic null stands for lines without a mapping's topic that went to the failures file.
 */
export type JournalEntry =
  | HeaderEntry
  /**
   * Records that have their final outcome, and how long the files are that tell of it. In one entry, since half of it would
   * be wrong: which rows of a job's results speak of which record is known for all of its records or for none, and what
   * stands in the files beyond these lengths is of records that are not settled.
   */
  | { readonly kind: 'settled'; readonly topics: readonly SettledTopic[]; readonly files: FileLengths }
  /** The run has ended and settled all that was under way: from here on the files are the user's. */
  | { readonly kind: 'stopped' }
  /** A bulk job that was made for these records; written before its upload. */
  | { readonly kind: 'job'; readonly topic: string; readonly id: string; readonly ranges: readonly Range[] }
  /** A bulk job is about to be closed: from here on the org may work on it. */
  | { readonly kind: 'closing'; readonly topic: string; readonly id: string }
  /** The org holds the bulk job as open, and it is about to be aborted: found aborted later, it was never worked on. */
  | { readonly kind: 'aborting'; readonly topic: string; readonly id: string }
  /**
   * Records whose next request cannot be repeated without a trace; written before it is sent. Inserts in realtime, which
   * are not repeated; and deletes (`repeatable`), whose repetition finds the records deleted.
   */
  | {
      readonly kind: 'sending';
      readonly topic: string;
      readonly ranges: readonly Range[];
      readonly repeatable?: boolean;
    }
  /** All of the input is settled. */
  | {
      readonly kind: 'finished';
      readonly lines: number;
      readonly exit_code: number;
      /** What the run came to, for whoever gives its command once more; nothing of a record. */
      readonly figures?: unknown;
    };

interface SettledTopic {
  readonly topic: string | null;
  readonly ranges: readonly CheckedRange[];
  /** How many of them failed or are in doubt: a later run's exit status knows. */
  readonly failed: number;
  /** Records that were under way with them and were certainly not written: they are open again. */
  readonly cleared?: readonly Range[];
}

/** What a journal is bound to. Another run may go on with it only if all of `binding` is equal. */
export interface HeaderEntry {
  readonly kind: 'header';
  readonly version: typeof VERSION;
  readonly run: string;
  readonly started_at: string;
  readonly failures_file: string;
  readonly successes_file: string | null;
  readonly binding: Binding;
}

/** Settings and the input, by what a user calls them. */
export type Binding = Readonly<Record<string, unknown>>;

/** A line of the journal, newline included. The checksum comes first, so that a torn line cannot look whole. */
export function formatEntry(entry: JournalEntry): string {
  const json = JSON.stringify(entry);
  return `{"crc":"${hex(crc32(json))}",${json.slice(1)}\n`;
}

/** The entry of a line without its newline; undefined when the line is torn or damaged. */
export function parseEntry(line: string): JournalEntry | undefined {
  const match = /^\{"crc":"([0-9a-f]{8})",(.*)$/s.exec(line);
  if (match === null) return undefined;
  const json = `{${match[2] ?? ''}`;
  return hex(crc32(json)) === match[1] ? (JSON.parse(json) as JournalEntry) : undefined;
}

/** Goes on from the checksum of the lines before; 0 to begin with. */
export function lineChecksum(text: string, before: number): number {
  return crc32('\n', crc32(text, before));
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}

/** A run of consecutive ordinals, both ends included. */
export type Range = readonly [first: number, last: number];
/** With a checksum of its lines. */
export type CheckedRange = readonly [...Range, checksum: number];

/** Joins ordinals in ascending order into ranges. */
export function toRanges(ordinals: readonly number[]): Range[] {
  const ranges: [number, number][] = [];
  for (const ordinal of ordinals) {
    const last = ranges.at(-1);
    if (last?.[1] === ordinal - 1) last[1] = ordinal;
    else ranges.push([ordinal, ordinal]);
  }
  return ranges;
}
