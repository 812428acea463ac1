import type { LinePosition, MalformedLine } from '../core/record.js';

/** A line of input that is valid UTF-8 and of bearable length, not yet looked into. */
export interface TextLine {
  readonly kind: 'text';
  readonly position: LinePosition;
  /** Without line end (`\n` or `\r\n`) and without a byte-order mark; never blank. */
  readonly text: string;
}

export type Line = TextLine | MalformedLine;

/** Where a replay reads from: files, standard input, or a program's own lines. */
export interface Input {
  /**
   * The lines in order, in pieces of what was read at once, so that waiting for room costs once a piece.
   * Reads on only when the next piece is asked for. Ends early, without an error, when `stopping` is aborted.
   * Throws `ReplayStopped` (`INPUT_UNREADABLE`, `INPUT_DAMAGED`) when the input breaks off; the lines before it were given.
   */
  pieces(stopping: AbortSignal): AsyncIterable<readonly Line[]>;
  /** True where the lines cannot be read again (standard input): unsent records must be kept in the failures file. */
  readonly isOnce: boolean;
  /** Files in order, with the number of lines (blank ones aside) read of each so far. */
  readonly files: readonly { readonly path: string; readonly lines: number }[];
  /** Bytes of text read so far, after decompression. */
  readonly bytes: number;
  /** Bytes read so far as stored, before decompression. */
  readonly position: number;
  /** Size as stored; undefined when it is not known. */
  readonly size: number | undefined;
  /** The command that was given, for hints about the input: `sfreplay` unless told. */
  readonly command?: string | undefined;
}
