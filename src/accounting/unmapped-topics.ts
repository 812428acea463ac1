import type { LinePosition, RecordError } from '../core/record.js';
import type { TopicErrors, UnmappedTopic } from './summary.js';

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
