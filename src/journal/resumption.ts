import { UsageError } from '../core/errors.js';
import type { Earlier, EarlierLines, JournaledJob } from '../core/journal.js';
import { lineChecksum } from './format.js';
import type { Recovered, RecoveredTopic } from './recovery.js';
import type { SourceRecord } from '../core/record.js';

interface TopicPassage extends RecoveredTopic {
  /** The highest ordinal that the journal speaks of. */
  last: number;
  /** Which settled range is being passed, or comes next. */
  at: number;
  /** Of its lines so far. */
  checksum: number;
}

/** Leads a later run past what earlier ones have settled, and makes sure that it is the same input. */
export class Resumption implements EarlierLines {
  readonly #topics = new Map<string | null, TopicPassage>();
  #openTopics = 0;

  constructor(
    private readonly path: string,
    readonly recovered: Recovered,
  ) {
    for (const [topic, entries] of recovered.topics) {
      const passage = { ...entries, last: entries.settled.at(-1)?.[1] ?? -1, at: 0, checksum: 0 };
      for (const ordinal of entries.underWay.keys()) passage.last = Math.max(passage.last, ordinal);
      this.#topics.set(topic, passage);
      if (passage.last >= 0) this.#openTopics++;
    }
  }

  /** True when every line that the journal speaks of was seen, and was the same. Until then nothing may be sent. */
  get isPast(): boolean {
    return this.#openTopics === 0;
  }

  /** To be called for each line of the topic, in order. Throws `UsageError` when the line is not what it was. */
  look(topic: string | null, ordinal: number, text: string): Earlier {
    const passage = this.#topics.get(topic);
    if (passage === undefined || ordinal > passage.last) return undefined;
    if (ordinal === passage.last) this.#openTopics--;
    const [first = Infinity, last, checksum] = passage.settled[passage.at] ?? [];
    if (ordinal < first) return passage.underWay.get(ordinal);
    passage.checksum = lineChecksum(text, ordinal === first ? 0 : passage.checksum);
    if (ordinal === last) {
      if (passage.checksum !== checksum) throw this.#otherInput(topic, first, last);
      passage.at++;
    }
    return { kind: 'settled' };
  }

  /** To be called as lines are read: a finished run has no more than it had. Throws `UsageError`. */
  assertNotBeyond(lines: number): void {
    const { finished } = this.recovered;
    if (finished !== undefined && lines > finished.lines) {
      throw this.#differs(`it had ${finished.lines} lines when the run was finished, and has more now`);
    }
  }

  /** To be called at the end of the input. Throws `UsageError` when lines are missing, or more than there were. */
  assertEnd(lines: number): void {
    const { finished } = this.recovered;
    if (finished !== undefined && finished.lines !== lines) {
      throw this.#differs(`it had ${finished.lines} lines when the run was finished, and has ${lines} now`);
    }
    if (!this.isPast) throw this.#differs('it ends before lines that are settled in the journal');
  }

  #otherInput(topic: string | null, first: number, last: number): UsageError {
    if (topic === null) return this.#differs('lines in the failures file have changed');
    const where =
      first === last
        ? `line ${first + 1} of topic ${topic} has`
        : `lines ${first + 1} to ${last + 1} of topic ${topic} have`;
    return this.#differs(`${where} changed`);
  }

  #differs(how: string): UsageError {
    return new UsageError(`The input is not that of the journal ${this.path}: ${how}.`, {
      hint: 'Nothing was sent. Give the same input again to continue that run, or another file to --journal to start over.',
    });
  }
}

/**
 * Holds records back until every line that the journal speaks of was seen and was the same: a wrong input is found out
 * before anything is sent. What piles up is what the earlier run had read but not settled, which fitted its memory.
 */
export class ResumeGate {
  /** Records of requests that must not be repeated, whose replies are not known. */
  readonly #inDoubt: SourceRecord[] = [];
  /** Bulk jobs whose state the org knows, with all of their records. */
  readonly #jobs = new Map<string, { readonly job: JournaledJob; readonly records: SourceRecord[] }>();
  /** Records that no request is known of, in input order. */
  readonly #open: SourceRecord[] = [];
  #isOpen = false;

  constructor(private readonly resumption: Resumption) {}

  get isClosed(): boolean {
    return !this.#isOpen;
  }

  /** The whole of what the journal speaks of was seen; a finished run's gate opens at the end of the input only. */
  get mayOpen(): boolean {
    return !this.#isOpen && this.resumption.isPast && this.resumption.recovered.finished === undefined;
  }

  hold(record: SourceRecord, earlier: Earlier): void {
    if (earlier?.kind === 'once') {
      this.#inDoubt.push(record);
    } else if (earlier?.kind === 'job') {
      const known = this.#jobs.get(earlier.id);
      if (known === undefined) this.#jobs.set(earlier.id, { job: earlier, records: [record] });
      else known.records.push(record);
    } else {
      this.#open.push(record);
    }
  }

  open() {
    this.#isOpen = true;
    return { inDoubt: this.#inDoubt.splice(0), jobs: [...this.#jobs.values()], open: this.#open.splice(0) };
  }
}
