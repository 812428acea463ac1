import type { LinePosition, MalformedLine } from '../core/record.js';
import type { Settings } from '../core/settings.js';
import { ErrorTally } from './error-tally.js';
import type { InputSummary, TopicErrors } from './summary.js';
import { UnmappedTopics } from './unmapped-topics.js';

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
