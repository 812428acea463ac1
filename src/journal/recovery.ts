import { open, type FileHandle } from 'node:fs/promises';
import { UsageError } from '../core/errors.js';
import type { FileLengths, InFlightEarlier } from '../core/journal.js';
import { reasonOf } from '../core/unknown.js';
import {
  parseEntry,
  type Binding,
  type CheckedRange,
  type HeaderEntry,
  type JournalEntry,
  type Range,
} from './format.js';

/** What an earlier run left in the journal. */
export interface Recovered {
  readonly header: HeaderEntry;
  readonly topics: ReadonlyMap<string | null, RecoveredTopic>;
  /** Records that failed or are in doubt by the account of earlier runs. */
  readonly failed: number;
  readonly finished: { readonly lines: number; readonly exitCode: number; readonly figures: unknown } | undefined;
  /** How long the files were when the last record was settled; undefined where the user may have changed them since. */
  readonly files: FileLengths | undefined;
  /** Bytes of the journal that are whole entries. */
  readonly goodBytes: number;
  readonly isTorn: boolean;
}

export interface RecoveredTopic {
  /** In ascending order. */
  readonly settled: readonly CheckedRange[];
  /** By ordinal: few records are under way at any time. The last to begin with a record is whom it is with. */
  readonly underWay: ReadonlyMap<number, InFlightEarlier>;
}

/**
 * Reads a journal. Undefined for a file that is not there, or empty, or torn before its header was whole: nothing was
 * sent then. Throws `UsageError` for a file that is damaged in the middle, or is no journal.
 */
export async function recover(path: string): Promise<Recovered | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
  try {
    if (!(await handle.stat()).isFile()) throw new UsageError(`The journal ${path} is not a file.`);
    return readEntries(path, await handle.readFile());
  } catch (error) {
    throw error instanceof UsageError ? error : unreadable(path, error);
  } finally {
    await handle.close();
  }
}

function readEntries(path: string, bytes: Buffer): Recovered | undefined {
  const collector = new Collector();
  let at = 0;
  let line = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    const entry = end < 0 ? undefined : parseEntry(bytes.toString('utf8', at, end));
    line++;
    if (entry === undefined) {
      // Only the last line can be torn by a crash: each is written with one call.
      const isLast = end < 0 || end === bytes.length - 1;
      if (!isLast || (line === 1 && !looksTorn(bytes))) throw damaged(path, line);
      return collector.result(at, true);
    }
    if ((entry.kind === 'header') !== (line === 1)) throw damaged(path, line);
    collector.take(entry);
    at = end + 1;
  }
  return collector.result(at, false);
}

/** A first line that begins as ours do. A user's file given by mistake must not be taken for a torn journal. */
function looksTorn(bytes: Buffer): boolean {
  const begin = '{"crc":"';
  return begin.startsWith(bytes.toString('latin1', 0, begin.length));
}

/** Did the earlier runs get as far as a line? If not, the journal binds to nothing yet. */
export function isUntouched({ topics, finished }: Recovered): boolean {
  return topics.size === 0 && finished === undefined;
}

/** Every difference between what the journal is bound to and what this run would do, as sentences. */
export function bindingDifferences(before: Binding, now: Binding): string[] {
  return Object.keys(now).flatMap((what) => {
    const [was, is] = [JSON.stringify(before[what]), JSON.stringify(now[what])];
    return was === is ? [] : [`${what} was ${was}, is ${is}`];
  });
}

interface TopicEntries extends RecoveredTopic {
  readonly settled: CheckedRange[];
  readonly underWay: Map<number, InFlightEarlier>;
}

class Collector {
  #header: HeaderEntry | undefined;
  #failed = 0;
  #files: FileLengths | undefined = { failures: 0, successes: 0 };
  #finished: Recovered['finished'];
  readonly #topics = new Map<string | null, TopicEntries>();
  readonly #closing = new Set<string>();

  take(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'header':
        this.#header = entry;
        break;
      case 'settled':
        this.#files = entry.files;
        for (const { topic, ranges, failed, cleared = [] } of entry.topics) {
          const { settled, underWay } = this.#topic(topic);
          this.#failed += failed;
          for (const range of ranges) settled.push(range);
          for (const ordinal of ordinalsIn([...ranges, ...cleared])) underWay.delete(ordinal);
        }
        break;
      case 'stopped':
        this.#files = undefined;
        break;
      case 'job':
        for (const ordinal of ordinalsIn(entry.ranges)) this.#beginJob(entry.topic, ordinal, entry.id);
        break;
      case 'closing':
        this.#closing.add(entry.id);
        break;
      case 'aborting':
        this.#closing.delete(entry.id);
        break;
      case 'sending': {
        const begun = { kind: entry.repeatable === true ? 'again' : 'once' } as const;
        for (const ordinal of ordinalsIn(entry.ranges)) this.#topic(entry.topic).underWay.set(ordinal, begun);
        break;
      }
      case 'finished':
        this.#finished = { lines: entry.lines, exitCode: entry.exit_code, figures: entry.figures };
        break;
    }
  }

  result(goodBytes: number, isTorn: boolean): Recovered | undefined {
    if (this.#header === undefined) return undefined;
    for (const { settled, underWay } of this.#topics.values()) {
      settled.sort(([a], [b]) => a - b);
      for (const [ordinal, begun] of underWay) {
        if (begun.kind === 'job') underWay.set(ordinal, { ...begun, mayBeClosed: this.#closing.has(begun.id) });
      }
    }
    return {
      ...{ header: this.#header, topics: this.#topics, failed: this.#failed, files: this.#files },
      ...{ finished: this.#finished, goodBytes, isTorn },
    };
  }

  /** With what is not ended yet, the record is sent once more. */
  #beginJob(topic: string, ordinal: number, id: string): void {
    const { underWay } = this.#topic(topic);
    const before = underWay.get(ordinal);
    const isAfterDoubt = before?.kind === 'job' && (before.isAfterDoubt || this.#closing.has(before.id));
    underWay.set(ordinal, { kind: 'job', id, isAfterDoubt, mayBeClosed: false });
  }

  #topic(topic: string | null): TopicEntries {
    let found = this.#topics.get(topic);
    if (found === undefined) this.#topics.set(topic, (found = { settled: [], underWay: new Map() }));
    return found;
  }
}

function* ordinalsIn(ranges: readonly (Range | CheckedRange)[]): Generator<number> {
  for (const [first, last] of ranges) for (let ordinal = first; ordinal <= last; ordinal++) yield ordinal;
}

function damaged(path: string, line: number): UsageError {
  return new UsageError(`The journal ${path} is damaged at line ${line}, or is not a journal of sfreplay.`, {
    hint: 'Only its last line can be repaired. Give another file to --journal; what this one has settled would be sent again.',
  });
}

function unreadable(path: string, cause: unknown): UsageError {
  return new UsageError(`The journal ${path} cannot be read: ${reasonOf(cause)}`, { cause });
}
