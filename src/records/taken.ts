import type { Doubt } from '../input/dead-letter.js';
import type { InFlightEarlier } from '../core/journal.js';
import type {
  DroppedField,
  LinePosition,
  MalformedLine,
  Message,
  RecordError,
  SourceRecord,
  TopicMapping,
} from '../core/record.js';

/** What a line turned out to be. */
export type Taken =
  | {
      readonly kind: 'record';
      readonly record: SourceRecord;
      readonly dropped: readonly DroppedField[];
      /** What an earlier run of the journal began with it. */
      readonly earlier: InFlightEarlier | undefined;
    }
  /** A line of a mapped topic that an earlier run of the journal has settled. */
  | { readonly kind: 'resumed'; readonly mapping: TopicMapping }
  /** A line of a mapped topic that cannot be sent. */
  | { readonly kind: 'rejected'; readonly line: RejectedLine; readonly dropped: readonly DroppedField[] }
  /** A tombstone that means nothing. */
  | { readonly kind: 'skipped'; readonly line: Omit<RejectedLine, 'error'> }
  | { readonly kind: 'unmapped'; readonly message: Message }
  /** A line of another shard: it counts nowhere. */
  | { readonly kind: 'elsewhere' }
  | MalformedLine;

export interface RejectedLine {
  readonly mapping: TopicMapping;
  readonly position: LinePosition;
  readonly text: string;
  readonly ordinal: number;
  readonly error: RecordError;
  /** Set where the record is held back, since an earlier run left it in doubt; `error` is that run's. */
  readonly doubt?: Doubt | undefined;
  readonly insertKey?: string | undefined;
}
