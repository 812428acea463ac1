import { crc32 } from 'node:zlib';
import type { DiffReport } from '../accounting/diff-report.js';
import type { ProgressSnapshot } from '../accounting/progress.js';
import type { SourceRecord } from '../core/record.js';
import type { DiffAction } from '../input/own-lines.js';
import type { Input, Line } from '../input/input.js';
import { Partitions, type PartitionedLine } from '../input/partitions.js';
import { exactKey } from '../records/key.js';
import { keyValueOf, type PresentValuesOptions } from '../writers/present-values.js';
import { Lines, type LinesOptions } from './lines.js';
import { foldVersion, TopicComparison, type AskedState } from './topic-comparison.js';

interface DumpComparisonOptions extends LinesOptions {
  readonly reading: PresentValuesOptions;
}

/** A power of two: each level of splitting looks at other bits of a key's hash. */
const PARTITIONS = 128;
const PARTITION_BITS = 7;
const MAX_LEVEL = 3;
/** A larger partition is split once more, for the states of all of its keys are held in memory. */
const MAX_PARTITION_BYTES = 12 * 1024 * 1024;
/** States that are read together: so many that the last call of each time, which is not full, counts little. */
const STATES_AT_ONCE = 6_000;

/** Sorts a dump into partitions by key, then folds and compares one after the other, so that its size does not matter. */
export class DumpComparison extends Lines {
  readonly #topics: ReadonlyMap<string, TopicComparison>;
  readonly #partitions = new Partitions(PARTITIONS);
  readonly #needed = new NeededLines();
  #kept = 0;
  #folded = 0;
  #hasInputEnded = false;

  constructor(options: DumpComparisonOptions) {
    super(options);
    const { plans, reading } = options;
    this.#topics = new Map(plans.map((plan) => [plan.mapping.topic, new TopicComparison(plan, reading)]));
  }

  /** Reads the input, then asks the org. Throws a `RequestError`. */
  async compare(input: Input, stopping: AbortSignal): Promise<void> {
    for await (const piece of input.pieces(stopping)) {
      for (const line of piece) this.#take(line);
      if (this.#partitions.isFull) await this.#partitions.flush();
    }
    stopping.throwIfAborted();
    this.#hasInputEnded = true;
    await this.#comparePartitions(this.#partitions, 0, stopping);
    for (const topic of this.#topics.values()) await topic.compareWaiting(this.#need);
  }

  /** The lines that make the org equal, in their order. */
  async *neededLines(): AsyncGenerator<
    (Pick<PartitionedLine, 'text' | 'insertKey'> & { readonly action: DiffAction })[]
  > {
    if (this.#needed.count === 0) return;
    for await (const piece of this.#partitions.inOrder()) {
      yield piece.flatMap(({ place, text, insertKey }) => {
        const action = this.#needed.actionOf(place);
        return action === undefined ? [] : [{ text, insertKey, action }];
      });
    }
  }

  get exitCode(): number {
    const differs = this.#comparisons.some(({ differing, errors }) => differing > 0 || errors.list().length > 0);
    return differs || this.failed > 0 ? 1 : 0;
  }

  report(): Pick<DiffReport, 'topics' | 'totals' | 'line_errors'> {
    const topics = this.#comparisons.map((comparison) => comparison.report());
    const counts = ['keys', 'create', 'update', 'unchanged', 'delete', 'not_comparable'] as const;
    const totals = Object.fromEntries(
      counts.map((of) => [of, topics.reduce((total, topic) => total + topic[of], 0)]),
    ) as Record<(typeof counts)[number], number>;
    return { topics, totals, line_errors: this.account.lineErrors(this.doUnmappedFail) };
  }

  /** Sentences on what was not compared. */
  warnings(): string[] {
    return this.#comparisons.flatMap((comparison) => comparison.warnings());
  }

  look({ position, size }: Input, elapsedMs: number): ProgressSnapshot {
    const share = this.#hasInputEnded && this.#kept > 0 ? this.#folded / this.#kept : undefined;
    const sum = (of: (comparison: TopicComparison) => number): number =>
      this.#comparisons.reduce((total, comparison) => total + of(comparison), 0);
    return {
      elapsedMs,
      topics: [],
      input: { lines: this.account.lines, position, size, ended: this.#hasInputEnded },
      malformed: this.account.malformed,
      unmapped: this.account.unmapped,
      callsAtOnce: undefined,
      comparison: { keys: sum(({ keys }) => keys), differing: sum(({ differing }) => differing), share },
      notice: undefined,
    };
  }

  remove(): Promise<void> {
    return this.#partitions.remove();
  }

  get #comparisons(): TopicComparison[] {
    return [...this.#topics.values()];
  }

  readonly #need = (place: number, action: DiffAction): void => this.#needed.add(place, action);

  #topicOf(name: string): TopicComparison {
    return this.#topics.get(name) as TopicComparison;
  }

  #take(line: Line): void {
    const place = this.account.lines;
    const taken = this.takeIn(line);
    if (taken?.kind === 'rejected') this.#topicOf(taken.mapping.topic).fail(taken.error, { ...taken, place });
    if (taken?.kind !== 'record') return;
    const { mapping, key, position, text, ordinal, insertKey } = taken.record;
    const { topic } = mapping;
    for (const field of taken.dropped) this.#topicOf(topic).dropped.add(field);
    if (key === undefined) {
      this.#topicOf(topic).takeKeyless();
      return;
    }
    this.#kept++;
    this.#partitions.add(partitionOf(key, 0), { place, topic, position, ordinal, text, insertKey });
  }

  async #comparePartitions(partitions: Partitions, level: number, stopping: AbortSignal): Promise<void> {
    await partitions.flush();
    for (let index = 0; index < partitions.count; index++) {
      stopping.throwIfAborted();
      if (partitions.bytesOf(index) <= MAX_PARTITION_BYTES || level === MAX_LEVEL) {
        await this.#comparePartition(partitions.read(index));
        continue;
      }
      const smaller = new Partitions(PARTITIONS);
      try {
        for await (const line of partitions.read(index)) {
          smaller.add(partitionOf(this.#recordOf(line).key ?? '', level + 1), line);
          if (smaller.isFull) await smaller.flush();
        }
        await this.#comparePartitions(smaller, level + 1, stopping);
      } finally {
        await smaller.remove();
      }
    }
  }

  async #comparePartition(lines: AsyncIterable<PartitionedLine>): Promise<void> {
    const states = new Map<string, Map<string, AskedState>>();
    for await (const line of lines) {
      const record = this.#recordOf(line);
      const { plan } = this.#topicOf(line.topic);
      const key = keyValueOf(record, plan);
      const exact = exactKey(key, plan.keyKind, plan.keyIgnoresCase) ?? '';
      const ofTopic = states.get(line.topic) ?? new Map<string, AskedState>();
      states.set(line.topic, ofTopic);
      ofTopic.set(exact, foldVersion(ofTopic.get(exact), record, key, line));
      this.#folded++;
    }
    for (const [name, folded] of states) {
      const topic = this.#topicOf(name);
      for (const state of folded.values()) topic.waiting.push(state);
      if (topic.waiting.length >= STATES_AT_ONCE) await topic.compareWaiting(this.#need, STATES_AT_ONCE);
    }
    await this.#relieve();
  }

  /** With many topics, what waits of all of them must not become too much. */
  async #relieve(): Promise<void> {
    const topics = this.#comparisons;
    let count = topics.reduce((sum, { waiting }) => sum + waiting.length, 0);
    for (const topic of topics.sort((a, b) => b.waiting.length - a.waiting.length)) {
      if (count <= 2 * STATES_AT_ONCE) return;
      count -= topic.waiting.length;
      await topic.compareWaiting(this.#need);
    }
  }

  #recordOf(line: PartitionedLine): SourceRecord {
    return this.intake.readSpooled({ ...line, attempts: 0, earlier: undefined, error: undefined });
  }
}

function partitionOf(key: string, level: number): number {
  return (crc32(key) >>> (level * PARTITION_BITS)) % PARTITIONS;
}

const ACTIONS: readonly (DiffAction | undefined)[] = [undefined, 'create', 'update', 'delete'];

/** Which of all lines are needed, and for what: two bits a line. */
class NeededLines {
  #bits = new Uint8Array(1024);
  count = 0;

  add(place: number, action: DiffAction): void {
    const at = place >> 2;
    if (at >= this.#bits.length) {
      const longer = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      longer.set(this.#bits);
      this.#bits = longer;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (ACTIONS.indexOf(action) << ((place & 3) * 2));
    this.count++;
  }

  actionOf(place: number): DiffAction | undefined {
    return ACTIONS[((this.#bits[place >> 2] ?? 0) >> ((place & 3) * 2)) & 3];
  }
}
