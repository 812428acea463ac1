import { ReplayStopped } from '../core/errors.js';
import type { FileLengths, JournaledLine, SettledLines } from '../core/journal.js';
import {
  countLines,
  linesInOrder,
  linesOf,
  type DeadLetter,
  type LinePosition,
  type MalformedLine,
  type Outcome,
  type RecordError,
  type RejectedLine,
  type SettledRecord,
  type SkippedLine,
  type SourceRecord,
} from '../core/record.js';
import type { FailuresFile, SuccessesFile } from './files.js';
import type { Ledger } from './ledger.js';
import { unmappedError } from './input-account.js';

/** A line that was never on its way. `ordinal` counts within the topic, or over all lines without one. */
export type Discarded =
  | RejectedLine
  | SkippedLine
  /** The latter is of a topic without a mapping, where that is a failure. */
  | ((MalformedLine | UnmappedLine) & { readonly ordinal: number });

export interface UnmappedLine {
  readonly kind: 'unmapped';
  readonly topic: string;
  readonly position: LinePosition;
  readonly text: string;
}

interface SettlementOptions {
  readonly ledger: Ledger;
  readonly failures: FailuresFile;
  readonly successes: SuccessesFile | undefined;
  /** Unsent records go to the failures file too: their lines cannot be read again. */
  readonly keepsUnsent: boolean;
  readonly warn: (warning: string) => void;
  /** Told of what has its final outcome, once every line about it is on disk. Undefined without a journal. */
  readonly journal?: SettledJournal | undefined;
  /** The disk does not take what must be on it: the run ends. */
  readonly onStopped: (reason: ReplayStopped) => void;
}

/** The part of a journal that settlements are told to. */
interface SettledJournal {
  settled(settled: readonly SettledLines[], files: FileLengths): Promise<void>;
  stopped(): Promise<void>;
}

/** What is written down together, and how it went. */
interface Commit {
  readonly letters: readonly (MalformedLine | (DeadLetter & { text: string }))[];
  readonly written: Parameters<SuccessesFile['add']>[0];
  /** For the journal. What has failed is settled only if its letters are on disk. */
  readonly settled: (hasLetters: boolean) => readonly SettledLines[];
}

interface Done {
  readonly hasLetters: boolean;
  readonly isJournaled: boolean;
}

/** Writes down what became of lines, and counts it only then. */
export class Settlement {
  #waiting: Commit[] = [];
  /** Writes down what waits. Undefined where nothing does. */
  #next: Promise<Done> | undefined;
  /** What is written now, or was; and then what is next. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Something could not be written, or not to its end. */
  #isTorn = false;

  constructor(private readonly options: SettlementOptions) {}

  /** Records of one topic that a writer, or the end of the run, gave an outcome; and those `cleared`, which are sent again. */
  async settle(settling: readonly SettledRecord[], cleared: readonly SourceRecord[] = []): Promise<void> {
    const { ledger, successes, keepsUnsent } = this.options;
    const mapping = (settling[0]?.record ?? cleared[0])?.mapping;
    if (mapping === undefined) return;
    const { hasLetters, isJournaled } = await this.#commit({
      letters: settling.flatMap(({ record, outcome }) =>
        isDone(outcome) || (outcome.kind === 'unsent' && !keepsUnsent) ? [] : lettersOfRecord(record, outcome),
      ),
      written:
        successes === undefined
          ? []
          : settling.flatMap(({ record, outcome }) => (outcome.kind === 'succeeded' ? [{ ...outcome, record }] : [])),
      settled: (areOnDisk) => {
        const final = settling.filter(({ outcome }) => isDone(outcome) || (areOnDisk && outcome.kind !== 'unsent'));
        const failed = countLines(final.filter(({ outcome }) => !isDone(outcome)).map(({ record }) => record));
        const lines = linesInOrder(final.map(({ record }) => record));
        return [{ topic: mapping.topic, lines, failed, cleared: linesInOrder(cleared) }];
      },
    });
    for (const { record, outcome } of settling) {
      const final = hasLetters || isDone(outcome) ? outcome : this.#withoutLetter(record, outcome);
      ledger.topic(record.mapping).settle(record, isJournaled ? final : unjournaled(record, final));
    }
  }

  /** Lines that will not be sent. */
  async discard(lines: readonly Discarded[]): Promise<void> {
    if (lines.length === 0) return;
    const { hasLetters, isJournaled } = await this.#commit({
      letters: lines.flatMap(lettersOf),
      written: [],
      settled: (areOnDisk) => (areOnDisk ? discardedByTopic(lines) : []),
    });
    this.#count(lines, hasLetters && isJournaled);
  }

  /** Goes on where an earlier run has left off: from here on the journal knows again how long the files are. */
  async goOn(): Promise<void> {
    const { failures, successes } = this.options;
    await this.#tryToWrite(async () => {
      await failures.cutOff();
      await successes?.cutOff();
    });
    await this.#note((journal) => journal.settled([], this.#lengths));
  }

  /** The run ends before its input, and all that is in the files is settled. Where a line may be torn, the next run mends that. */
  async noteStopped(): Promise<void> {
    if (!this.#isTorn) await this.#note((journal) => journal.stopped());
  }

  /**
   * Resolves when the lines are where they belong. What comes while others are written is written together, after them, so that
   * the lengths of the files in a journal's entry are those with the lines that it settles and no others: whatever is beyond
   * them is cut off by the next run.
   */
  #commit(commit: Commit): Promise<Done> {
    this.#waiting.push(commit);
    if (this.#next !== undefined) return this.#next;
    this.#next = this.#writing.then(() => {
      const commits = this.#waiting;
      this.#waiting = [];
      this.#next = undefined;
      return this.#writeDown(commits);
    });
    // A bug is thrown to whoever waits for these lines.
    this.#writing = this.#next.catch(() => undefined);
    return this.#next;
  }

  async #writeDown(commits: readonly Commit[]): Promise<Done> {
    const { failures, successes } = this.options;
    const hasLetters = await this.#tryToWrite(() => failures.add(commits.flatMap(({ letters }) => letters)));
    await this.#tryToWrite(async () => successes?.add(commits.flatMap(({ written }) => written)));
    const settled = commits
      .flatMap((commit) => commit.settled(hasLetters))
      .filter(({ lines, cleared = [] }) => lines.length + cleared.length > 0);
    const isJournaled =
      settled.length === 0 || (await this.#note((journal) => journal.settled(settled, this.#lengths)));
    return { hasLetters, isJournaled };
  }

  /** Lines that will not be sent, and that the next run of the journal is to write down. */
  countUnsent(lines: readonly Discarded[]): void {
    this.#count(lines, false);
  }

  #count(lines: readonly Discarded[], areWritten: boolean): void {
    const { ledger } = this.options;
    for (const line of lines) {
      if (line.kind === 'malformed') ledger.noteMalformed(line);
      else if (line.kind === 'unmapped') ledger.unmappedFailed += Number(areWritten);
      else if (line.kind === 'skipped' && areWritten) ledger.topic(line.mapping).skip();
      else if (line.kind === 'rejected' && areWritten && line.doubt !== undefined) {
        ledger.topic(line.mapping).holdBack(line.error, line);
      } else if (line.kind === 'rejected' && areWritten) ledger.topic(line.mapping).fail(line.error, line);
      else ledger.topic(line.mapping).unsent++;
    }
  }

  /** Nothing counts as failed that is not on disk: as the run stops here, the record is unsent, and another run takes it. */
  #withoutLetter(record: SourceRecord, outcome: Outcome): Outcome {
    const { position } = record;
    if (outcome.kind === 'in_doubt' && this.options.journal !== undefined) return unjournaled(record, outcome);
    if (outcome.kind === 'in_doubt') {
      const { code, message } = outcome.error;
      this.options.warn(
        `In doubt and not in the failures file: ${position.file} line ${position.line} (${code}: ${message})`,
      );
    }
    return outcome.kind === 'failed' ? { kind: 'unsent', error: outcome.error } : outcome;
  }

  get #lengths(): FileLengths {
    const { failures, successes } = this.options;
    return { failures: failures.bytes, successes: successes?.bytes ?? 0 };
  }

  async #note(write: (journal: SettledJournal) => Promise<void>): Promise<boolean> {
    const { journal } = this.options;
    return journal === undefined || this.#tryToWrite(() => write(journal));
  }

  async #tryToWrite(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
      this.#isTorn = true;
      this.options.onStopped(error);
      return false;
    }
  }
}

/**
 * Nothing is reported as settled that is not in the journal. The next run repeats it, takes up its bulk job, or, where
 * neither may be done, calls it in doubt.
 */
function unjournaled({ mapping }: SourceRecord, outcome: Outcome): Outcome {
  if (outcome.kind === 'unsent') return outcome;
  const error = { code: 'JOURNAL_UNWRITABLE', message: 'The outcome could not be written to the journal' };
  const mayDouble = mapping.operation === 'insert' && mapping.mode === 'realtime' && mapping.insertKey === undefined;
  return { kind: mayDouble ? 'in_doubt' : 'unsent', error };
}

/** As the record asks for it. */
function isDone(outcome: Outcome): outcome is Extract<Outcome, { readonly kind: 'succeeded' | 'unchanged' }> {
  return outcome.kind === 'succeeded' || outcome.kind === 'unchanged';
}

function lettersOfRecord(
  record: SourceRecord,
  { kind, error }: Extract<Outcome, { readonly error: RecordError }>,
): (DeadLetter & { text: string })[] {
  const { attempts, insertKey } = record;
  return linesOf(record).map(({ position, text }) => ({ position, text, attempts, insertKey, error, outcome: kind }));
}

function discardedByTopic(lines: readonly Discarded[]): SettledLines[] {
  const byTopic = new Map<string | null, { topic: string | null; lines: JournaledLine[]; failed: number }>();
  for (const line of lines) {
    const topic = 'mapping' in line ? line.mapping.topic : null;
    const known = byTopic.get(topic) ?? { topic, lines: [], failed: 0 };
    byTopic.set(topic, known);
    known.lines.push({ ordinal: line.ordinal, text: line.kind === 'malformed' ? line.raw : line.text });
    if (line.kind !== 'skipped') known.failed++;
  }
  return [...byTopic.values()];
}

function lettersOf(line: Discarded): (MalformedLine | DeadLetter)[] {
  if (line.kind === 'skipped') return [];
  if (line.kind === 'malformed') return [line];
  const { position, text } = line;
  const error = line.kind === 'rejected' ? line.error : unmappedError(line.topic);
  const doubt = line.kind === 'rejected' ? line.doubt : undefined;
  if (doubt !== undefined) return [{ position, text, error, outcome: 'in_doubt', attempts: doubt.attempts }];
  const insertKey = line.kind === 'rejected' ? line.insertKey : undefined;
  return [{ position, text, error, outcome: 'failed', attempts: 0, insertKey }];
}
