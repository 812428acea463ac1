import { UsageError } from '../core/errors.js';
import type { Earlier, EarlierLines, JournaledJob } from '../core/journal.js';
import { lineChecksum } from './format.js';
import type { Recovered, RecoveredTopic } from './recovery.js';
import type { SourceRecord } from '../core/record.js';

interface TopicPassage {
  readonly recovered: RecoveredTopic;
  /** The highest ordinal that the journal speaks of. */
  readonly last: number;
  /** Of the settled range that is being passed. */
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
    for (const [topic, of] of recovered.topics) {
      const last = Math.max(of.settled.last, of.underWay.last);
      this.#topics.set(topic, { recovered: of, last, checksum: 0 });
      if (last >= 0) this.#openTopics++;
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
    const settled = passage.recovered.settled.find(ordinal);
    if (settled !== undefined) {
      const [first, last] = settled.range;
      passage.checksum = lineChecksum(text, ordinal === first ? 0 : passage.checksum);
      if (ordinal === last && passage.checksum !== settled.value) throw this.#otherInput(topic, first, last);
      return { kind: 'settled' };
    }
    return passage.recovered.underWay.find(ordinal)?.value;
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
    const isOne = first === last;
    return this.#differs(
      isOne
        ? `line ${first + 1} of topic ${topic} has changed`
        : `lines ${first + 1} to ${last + 1} of topic ${topic} have changed`,
    );
  }

  #differs(how: string): UsageError {
    return new UsageError(`The input is not that of the journal ${this.path}: ${how}.`, {
      hint: 'Nothing was sent. Give the same input again to continue that run, or another file to --journal to start over.',
    });
  }
}

/** What was held back while the input was compared with the journal. */
interface ResumedWork {
  /** Records of requests that must not be repeated, whose replies are not known. */
  readonly inDoubt: readonly SourceRecord[];
  /** Bulk jobs whose state the org knows, with all of their records. */
  readonly jobs: readonly { readonly job: JournaledJob; readonly records: readonly SourceRecord[] }[];
  /** Records that no request is known of, in input order. */
  readonly open: readonly SourceRecord[];
}

/**
 * Holds records back until every line that the journal speaks of was seen and was the same: a wrong input is found out
 * before anything is sent. What piles up is what the earlier run had read but not settled, which fitted its memory.
 */
export class ResumeGate {
  readonly #inDoubt: SourceRecord[] = [];
  readonly #jobs = new Map<string, { job: JournaledJob; records: SourceRecord[] }>();
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

  open(): ResumedWork {
    this.#isOpen = true;
    const jobs = [...this.#jobs.values()];
    return { inDoubt: this.#inDoubt.splice(0), jobs, open: this.#open.splice(0) };
  }
}
