import type { SourceRecord } from '../core/record.js';
import type { Earlier, JournaledJob } from '../core/journal.js';
import type { Resumption } from './resumption.js';

/** What was held back while the input was compared with the journal. */
export interface ResumedWork {
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
