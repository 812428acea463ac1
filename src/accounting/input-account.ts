import type { LinePosition, MalformedLine, RecordError } from '../core/record.js';
import type { Settings } from '../core/settings.js';
import { ErrorTally } from './error-tally.js';
import type { InputSummary, TopicErrors, UnmappedTopic } from './summary.js';

/** The account of the input: its lines, and those of them that are no mapped topic's. */
export class InputAccount {
  /** Lines taken in, blank ones aside. */
  lines = 0;
  malformed = 0;
  /** Lines of topics without a mapping. */
  unmapped = 0;
  readonly #malformedErrors = new ErrorTally();
  readonly #unmappedTopics = new UnmappedTopics();

  noteMalformed(line: MalformedLine & { readonly ordinal: number }): void {
    this.malformed++;
    this.#malformedErrors.add(line, line);
  }

  noteUnmapped(line: { readonly topic: string; readonly position: LinePosition }): void {
    this.unmapped++;
    this.#unmappedTopics.add(line);
  }

  /** Why lines failed that are no mapped topic's. */
  lineErrors(doUnmappedFail: boolean): TopicErrors[] {
    const unmapped = doUnmappedFail ? this.#unmappedTopics.errors() : [];
    return [{ topic: '', errors: this.#malformedErrors.list() }, ...unmapped];
  }

  inputSummary(
    { bytes, files }: { readonly bytes: number; readonly files: readonly Readonly<InputSummary['files'][number]>[] },
    { shard }: Settings,
  ): InputSummary {
    return {
      lines: this.lines,
      bytes,
      malformed: this.malformed,
      unmapped: this.unmapped,
      files: files.map(({ path, lines }) => ({ path, lines })),
      malformed_errors: this.#malformedErrors.list(),
      unmapped_topics: this.#unmappedTopics.list(),
      ...(shard.count > 1 && { shard: `${shard.index}/${shard.count}` }),
    };
  }
}

/** Names that are remembered: a mistaken choice of input must not fill memory. */
const MAXIMUM_TOPICS = 1_000;
/** Kafka has no longer names. */
const MAXIMUM_CHARACTERS = 249;
/** Stands for the names that are not remembered; no topic is called so. */
const OTHERS = '(others)';

/** The topics without a mapping: how many lines there were of each. */
export class UnmappedTopics {
  readonly #topics = new Map<string, { count: number; readonly first: LinePosition }>();
  /** Lines of topics that came when the memory for names was full. */
  #others: { count: number; readonly first: LinePosition } | undefined;

  add({ topic, position }: { readonly topic: string; readonly position: LinePosition }): void {
    const name = topic.length > MAXIMUM_CHARACTERS ? shortened(topic) : topic;
    const known = this.#topics.get(name);
    if (known !== undefined) known.count++;
    else if (this.#topics.size < MAXIMUM_TOPICS) this.#topics.set(name, { count: 1, first: position });
    else if (this.#others !== undefined) this.#others.count++;
    else this.#others = { count: 1, first: position };
  }

  /** Most frequent first. */
  list(): UnmappedTopic[] {
    return this.#sorted().map(([topic, { count }]) => ({ topic, count }));
  }

  /** The same, where they count as failures. */
  errors(): TopicErrors[] {
    const others = this.#others === undefined ? [] : [[OTHERS, this.#others] as const];
    return [...this.#sorted(), ...others].map(([topic, { count, first }]) => {
      const { code, message } = unmappedError(topic);
      return { topic, errors: [{ code, count, example: message, ...first }] };
    });
  }

  #sorted(): (readonly [string, { readonly count: number; readonly first: LinePosition }])[] {
    return [...this.#topics].sort(([, a], [, b]) => b.count - a.count);
  }
}

export function unmappedError(topic: string): RecordError {
  return { code: 'UNMAPPED_TOPIC', message: `No mapping names the topic ${topic}` };
}

/** A text of its own: a piece of the name would keep the whole of it in memory. */
function shortened(name: string): string {
  return `${Buffer.from(name.slice(0, MAXIMUM_CHARACTERS - 1)).toString()}…`;
}
