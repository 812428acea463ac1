import { ReplayStopped } from '../errors.js';
import type { LinePosition, MalformedLine, Outcome, RecordError, SourceRecord, TopicMapping } from '../record.js';
import type { DeadLetter } from './dead-letters.js';
import type { FailuresFile, SuccessesFile } from './files.js';
import type { Ledger } from './ledger.js';

/** A line that was never on its way. */
export type Discarded =
  | MalformedLine
  | {
      readonly kind: 'rejected';
      readonly mapping: TopicMapping;
      readonly position: LinePosition;
      readonly text: string;
      readonly ordinal: number;
      readonly error: RecordError;
    }
  /** A topic without a mapping, where that is a failure. */
  | { readonly kind: 'unmapped'; readonly topic: string; readonly position: LinePosition; readonly text: string };

export interface SettlementOptions {
  readonly ledger: Ledger;
  readonly failures: FailuresFile;
  readonly successes: SuccessesFile | undefined;
  /** Unsent records go to the failures file too: their lines cannot be read again. */
  readonly keepsUnsent: boolean;
  readonly warn: (warning: string) => void;
  /** The disk does not take what must be on it: the run ends. */
  readonly onStopped: (reason: ReplayStopped) => void;
}

/** Writes down what became of lines, and counts it only then. */
export class Settlement {
  constructor(private readonly options: SettlementOptions) {}

  /** Records that a writer, or the end of the run, gave an outcome; two lists of one length. */
  async settle(records: readonly SourceRecord[], outcomes: readonly Outcome[]): Promise<void> {
    const { ledger, failures, successes, keepsUnsent } = this.options;
    const letters: (DeadLetter & { text: string })[] = [];
    const written: { record: SourceRecord; id: string | undefined; created: boolean | undefined }[] = [];
    for (const [i, record] of records.entries()) {
      const outcome = outcomes[i] as Outcome;
      if (outcome.kind === 'succeeded') {
        if (successes !== undefined) written.push({ record, id: outcome.id, created: outcome.created });
      } else if (outcome.kind !== 'unsent' || keepsUnsent) {
        const { position, text, attempts } = record;
        letters.push({ position, text, attempts, error: outcome.error, outcome: outcome.kind });
      }
    }
    const areWritten = await this.#tryToWrite(() => failures.add(letters));
    if (successes !== undefined) await this.#tryToWrite(() => successes.add(written));
    for (const [i, record] of records.entries()) {
      const outcome = outcomes[i] as Outcome;
      ledger.topic(record.mapping).settle(record, areWritten ? outcome : this.#withoutLetter(record, outcome));
    }
  }

  /** Lines that will not be sent. */
  async discard(lines: readonly Discarded[]): Promise<void> {
    if (lines.length === 0) return;
    const { ledger, failures } = this.options;
    const areWritten = await this.#tryToWrite(() => failures.add(lines.map(letterOf)));
    for (const line of lines) {
      if (line.kind === 'malformed') ledger.malformed++;
      else if (line.kind === 'unmapped') ledger.unmappedFailed += areWritten ? 1 : 0;
      else if (areWritten) ledger.topic(line.mapping).fail(line.error, line);
      else ledger.topic(line.mapping).unsent++;
    }
  }

  /** Nothing counts as failed that is not on disk: as the run stops here, the record is unsent, and another run takes it. */
  #withoutLetter({ position }: SourceRecord, outcome: Outcome): Outcome {
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

function letterOf(line: Discarded): MalformedLine | (DeadLetter & { text: string }) {
  if (line.kind === 'malformed') return line;
  const { position, text } = line;
  const error =
    line.kind === 'rejected'
      ? line.error
      : { code: 'UNMAPPED_TOPIC', message: `No mapping names the topic ${line.topic}` };
  return { position, text, error, outcome: 'failed', attempts: 0 };
}
