import { ReplayStopped } from '../core/errors.js';
import {
  countLines,
  linesInOrder,
  linesOf,
  type DeadLetter,
  type LinePosition,
  type MalformedLine,
  type Outcome,
  type RecordError,
  type SettledAside,
  type SettledRecord,
  type SourceRecord,
  type TopicMapping,
} from '../core/record.js';
import type { FailuresFile, SuccessesFile } from './files.js';
import type { Ledger } from './ledger.js';
import { unmappedError } from './unmapped-topics.js';

/** A line that was never on its way. `ordinal` counts within the topic, or over all lines without one. */
export type Discarded =
  | (MalformedLine & { readonly ordinal: number })
  | {
      readonly kind: 'rejected';
      readonly mapping: TopicMapping;
      readonly position: LinePosition;
      readonly text: string;
      readonly ordinal: number;
      readonly error: RecordError;
      /** Set where the record was held back: it stays in doubt, after so many attempts of an earlier run. */
      readonly doubt?: { readonly attempts: number } | undefined;
      readonly insertKey?: string | undefined;
    }
  /** A tombstone that means nothing. */
  | {
      readonly kind: 'skipped';
      readonly mapping: TopicMapping;
      readonly position: LinePosition;
      readonly text: string;
      readonly ordinal: number;
    }
  /** A topic without a mapping, where that is a failure. */
  | (UnmappedLine & { readonly ordinal: number });

export interface UnmappedLine {
  readonly kind: 'unmapped';
  readonly topic: string;
  readonly position: LinePosition;
  readonly text: string;
}

export interface SettlementOptions {
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
export interface SettledJournal {
  settled(
    topic: string | null,
    records: readonly JournaledLine[],
    failed: number,
    cleared?: readonly JournaledLine[],
  ): Promise<void>;
}

interface JournaledLine {
  readonly ordinal: number;
  readonly text: string;
}

const NOTHING_ASIDE: SettledAside = { cleared: [], kept: [] };

/** Writes down what became of lines, and counts it only then. */
export class Settlement {
  constructor(private readonly options: SettlementOptions) {}

  /** Records that a writer, or the end of the run, gave an outcome. */
  async settle(settled: readonly SettledRecord[], aside = NOTHING_ASIDE): Promise<void> {
    const { ledger, failures, successes, keepsUnsent } = this.options;
    const letters: DeadLetter[] = [];
    const written: { record: SourceRecord; id: string | undefined; created: boolean | undefined }[] = [];
    for (const { record, outcome } of settled) {
      if (outcome.kind === 'succeeded') {
        if (successes !== undefined) written.push({ record, id: outcome.id, created: outcome.created });
      } else if (outcome.kind !== 'unchanged' && (outcome.kind !== 'unsent' || keepsUnsent)) {
        const { attempts, insertKey } = record;
        for (const { position, text } of linesOf(record)) {
          letters.push({ position, text, attempts, insertKey, error: outcome.error, outcome: outcome.kind });
        }
      }
    }
    const areWritten = await this.#tryToWrite(() => failures.add(letters));
    if (successes !== undefined) await this.#tryToWrite(() => successes.add(written));
    const onDisk = areWritten ? settled : settled.filter(({ outcome }) => isDone(outcome));
    const isJournaled = await this.#journal(onDisk, aside);
    for (const { record, outcome } of settled) {
      const isOnDisk = areWritten || isDone(outcome);
      const final = isOnDisk ? outcome : this.#withoutLetter(record, outcome);
      ledger.topic(record.mapping).settle(record, isJournaled ? final : unjournaled(record, final));
    }
  }

  /** Lines that an earlier run has put into its files without a word in the journal. */
  async keep(
    topic: string | null,
    lines: readonly { ordinal: number; text: string; outcome: 'failed' | 'succeeded' }[],
  ): Promise<void> {
    const failed = lines.filter(({ outcome }) => outcome === 'failed').length;
    await this.#tryToWrite(async () => this.options.journal?.settled(topic, lines, failed));
  }

  async #journalDiscarded(lines: readonly Discarded[]): Promise<boolean> {
    const { journal } = this.options;
    if (journal === undefined) return true;
    const byTopic = new Map<string | null, { lines: JournaledLine[]; failed: number }>();
    for (const line of lines) {
      const topic = 'mapping' in line ? line.mapping.topic : null;
      const text = line.kind === 'malformed' ? line.raw : line.text;
      const known = byTopic.get(topic) ?? { lines: [], failed: 0 };
      byTopic.set(topic, known);
      known.lines.push({ ordinal: line.ordinal, text });
      if (line.kind !== 'skipped') known.failed++;
    }
    return this.#tryToWrite(async () => {
      for (const [topic, discarded] of byTopic) await journal.settled(topic, discarded.lines, discarded.failed);
    });
  }

  /** All records are of one topic. */
  async #journal(onDisk: readonly SettledRecord[], { cleared, kept }: SettledAside): Promise<boolean> {
    const { journal } = this.options;
    if (journal === undefined) return true;
    const settled = onDisk.filter(({ outcome }) => outcome.kind !== 'unsent');
    const records = [...settled.map(({ record }) => record), ...kept];
    const mapping = (records[0] ?? cleared[0])?.mapping;
    if (mapping === undefined) return true;
    const failed = countLines([
      ...settled.filter(({ outcome }) => !isDone(outcome)).map(({ record }) => record),
      ...kept.filter(({ earlier }) => earlier === 'failed'),
    ]);
    const lines = linesInOrder(records);
    return this.#tryToWrite(() => journal.settled(mapping.topic, lines, failed, linesInOrder(cleared)));
  }

  /** Lines that will not be sent. */
  async discard(lines: readonly Discarded[]): Promise<void> {
    if (lines.length === 0) return;
    const { failures } = this.options;
    const areWritten =
      (await this.#tryToWrite(() => failures.add(lines.flatMap(lettersOf)))) && (await this.#journalDiscarded(lines));
    this.#count(lines, areWritten);
  }

  /** Lines that will not be sent, and that the next run of the journal is to write down. */
  leave(lines: readonly Discarded[]): void {
    this.#count(lines, false);
  }

  #count(lines: readonly Discarded[], areWritten: boolean): void {
    const { ledger } = this.options;
    for (const line of lines) {
      if (line.kind === 'malformed' || line.kind === 'unmapped') this.#countOutside(line, areWritten);
      else if (line.kind === 'skipped' && areWritten) ledger.topic(line.mapping).skip();
      else if (line.kind === 'rejected' && areWritten && line.doubt !== undefined) {
        ledger.topic(line.mapping).holdBack(line.error, line);
      } else if (line.kind === 'rejected' && areWritten) ledger.topic(line.mapping).fail(line.error, line);
      else ledger.topic(line.mapping).unsent++;
    }
  }

  /** A line of no topic's account. */
  #countOutside(line: (MalformedLine | UnmappedLine) & { readonly ordinal: number }, isWritten: boolean): void {
    const { ledger } = this.options;
    if (line.kind === 'malformed') {
      ledger.malformed++;
      ledger.malformedErrors.add(line, line);
    } else if (isWritten) ledger.unmappedFailed++;
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

  async #tryToWrite(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
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
function isDone({ kind }: Outcome): boolean {
  return kind === 'succeeded' || kind === 'unchanged';
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
