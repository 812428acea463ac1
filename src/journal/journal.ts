import { open, rm, truncate, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ReplayStopped, UsageError } from '../core/errors.js';
import type { FileLengths, JournaledLine, SettledLines } from '../core/journal.js';
import { reasonOf } from '../core/unknown.js';
import { bindingDifferences, isUntouched, recover, type Recovered } from './recovery.js';
import {
  formatEntry,
  lineChecksum,
  VERSION,
  type Binding,
  type CheckedRange,
  type JournalEntry,
  toRanges,
  type Range,
} from './format.js';
import { JournalLock } from './lock.js';

export interface OpenJournalOptions {
  readonly path: string;
  /** False for one that is only there in case the run stops part-way: no power cut is reckoned with. */
  readonly isAskedFor: boolean;
  readonly runId: string;
  readonly startedAtMs: number;
  /** As the user chose it; undefined: named after the journal's first run. */
  readonly failuresFile: string | undefined;
  readonly defaultFailuresFile: string;
  readonly successesFile: string | undefined;
  readonly binding: Binding;
  readonly warn: (warning: string) => void;
}

/**
 * The crash-safe account of a run: append-only NDJSON. Each method resolves when its entry is with the operating system,
 * and where a power cut could otherwise lead to a second write, on the disk. Throws `ReplayStopped`
 * (`JOURNAL_UNWRITABLE`) when the disk does not take an entry; what depends on the entry must then not be done.
 */
export class Journal {
  #last: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    /** Undefined when this run is the journal's first. */
    readonly recovered: Recovered | undefined,
    /** Where the journal's runs put what failed. */
    readonly failuresFile: string,
    readonly isAskedFor: boolean,
    private readonly handle: FileHandle,
    private readonly lock: JournalLock,
  ) {}

  /**
   * Opens the journal for one run, and keeps others off. Throws `UsageError` when another run holds it, when it is
   * damaged, or when it belongs to other mappings or another input.
   */
  static async open(options: OpenJournalOptions): Promise<Journal> {
    const { path, isAskedFor, warn } = options;
    const lock = await JournalLock.acquire(path);
    try {
      const found = await recover(path);
      const recovered = found === undefined || isUntouched(found) ? undefined : found;
      if (recovered !== undefined) refuseOthers(recovered, options);
      if (recovered?.isTorn === true) {
        await truncate(path, recovered.goodBytes);
        warn(`The last line of the journal ${path} was incomplete after a crash; it was removed`);
      }
      const handle = await open(path, recovered === undefined ? 'w' : 'a', 0o600);
      const failuresFile = recovered?.header.failures_file ?? options.failuresFile ?? options.defaultFailuresFile;
      const journal = new Journal(path, recovered, failuresFile, isAskedFor, handle, lock);
      if (recovered === undefined) await journal.#begin(options);
      return journal;
    } catch (error) {
      await lock.release();
      throw error instanceof UsageError || error instanceof ReplayStopped ? error : unwritable(path, error);
    }
  }

  /** These lines have their outcome, and what tells of it stands in the files, which are so long then. */
  settled(settled: readonly SettledLines[], files: FileLengths): Promise<void> {
    const topics = settled.map(({ topic, lines, failed, cleared = [] }) => ({
      ...{ topic, ranges: checkedRanges(lines), failed },
      ...(cleared.length > 0 && { cleared: rangesOf(cleared) }),
    }));
    return this.#append({ kind: 'settled', topics, files }, false);
  }

  /** Nothing is under way any more, and the run ends before its input. */
  stopped(): Promise<void> {
    return this.#append({ kind: 'stopped' }, true);
  }

  /** A bulk job was made for these records, and holds nothing yet. */
  job(topic: string, id: string, records: readonly JournaledLine[]): Promise<void> {
    return this.#append({ kind: 'job', topic, id, ranges: rangesOf(records) }, true);
  }

  /** The bulk job holds its data and is about to be closed. */
  closing(topic: string, id: string): Promise<void> {
    return this.#append({ kind: 'closing', topic, id }, true);
  }

  /** The bulk job is open, and is about to be aborted. */
  aborting(topic: string, id: string): Promise<void> {
    return this.#append({ kind: 'aborting', topic, id }, true);
  }

  /** These records are about to be sent by a request whose repetition would not be the same. */
  sending(topic: string, records: readonly JournaledLine[], repeatable: boolean): Promise<void> {
    return this.#append({ kind: 'sending', topic, ranges: rangesOf(records), ...(repeatable && { repeatable }) }, true);
  }

  finished(lines: number, exitCode: number, figures: object): Promise<void> {
    return this.#append({ kind: 'finished', lines, exit_code: exitCode, figures }, true);
  }

  /** With nothing to go on with, one that nobody asked for is removed. */
  async close(isNeeded = true): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.handle.close();
    if (!isNeeded && !this.isAskedFor) await rm(this.path, { force: true });
    await this.lock.release();
  }

  async #begin({ runId, startedAtMs, successesFile, binding }: OpenJournalOptions): Promise<void> {
    const files = { failures_file: this.failuresFile, successes_file: successesFile ?? null };
    const started_at = new Date(startedAtMs).toISOString();
    await this.#append({ kind: 'header', version: VERSION, run: runId, started_at, ...files, binding }, true);
    await syncFolder(dirname(this.path));
  }

  /** One write for an entry, one entry after the other: only the last line of the file can ever be torn. */
  #append(entry: JournalEntry, isSynced: boolean): Promise<void> {
    this.#last = this.#last.then(async () => {
      try {
        await this.handle.appendFile(formatEntry(entry));
        if (isSynced && this.isAskedFor) await this.handle.datasync();
      } catch (error) {
        throw unwritable(this.path, error);
      }
    });
    return this.#last;
  }
}

function rangesOf(records: readonly JournaledLine[]): Range[] {
  return toRanges(records.map(({ ordinal }) => ordinal));
}

/** The ranges of the lines, each with a checksum of its lines. */
function checkedRanges(lines: readonly JournaledLine[]): CheckedRange[] {
  let at = 0;
  return rangesOf(lines).map(([first, last]) => {
    let checksum = 0;
    for (; at < lines.length && (lines[at] as JournaledLine).ordinal <= last; at++) {
      checksum = lineChecksum((lines[at] as JournaledLine).text, checksum);
    }
    return [first, last, checksum];
  });
}

function refuseOthers({ header }: Recovered, { path, binding, failuresFile, successesFile }: OpenJournalOptions): void {
  if ((header.version as number) !== VERSION) {
    throw new UsageError(`The journal ${path} was written by another version of sfreplay.`, {
      hint: 'End that run with the version that began it, or give another file to --journal.',
    });
  }
  const differences = bindingDifferences(header.binding, binding);
  if (failuresFile !== undefined && failuresFile !== header.failures_file) {
    differences.push(`the failures file was ${header.failures_file}, is ${failuresFile}`);
  }
  if ((successesFile ?? null) !== header.successes_file) {
    differences.push(`the successes file was ${header.successes_file ?? 'none'}, is ${successesFile ?? 'none'}`);
  }
  if (differences.length === 0) return;
  throw new UsageError(`The journal ${path} belongs to another run: ${differences.join('; ')}.`, {
    hint: 'Give the same command again to continue that run, or another file to --journal to start over.',
  });
}

/** A new file survives a power cut only when its folder is on disk, too. Not every system can do that. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

function unwritable(path: string, cause: unknown): ReplayStopped {
  return new ReplayStopped('JOURNAL_UNWRITABLE', `The journal ${path} cannot be written: ${reasonOf(cause)}`, {
    hint: 'Free some space and give the same command again: it continues where this run stopped.',
    cause,
  });
}
