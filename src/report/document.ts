import type { ErrorGroup } from './errors.js';
import type { Table } from './table.js';

/**
 * What a command found, for people: made once, and written as text, as Markdown or as a page. Texts may be foreign and
 * unmasked: whoever writes them makes them safe.
 */
export interface ResultDocument {
  /** `sfreplay`, `sfreplay check` */
  readonly command: string;
  readonly isGood: boolean;
  /** In one sentence. */
  readonly verdict: string;
  /** Why the run stopped part-way; undefined where it did not. */
  readonly stopped?: string | undefined;
  /** Those that hold nothing are not shown. */
  readonly sections: readonly Section[];
  /** What is left to do. */
  readonly steps: readonly Step[];
}

export type Section = { readonly title: string; readonly note?: string } & (
  | { readonly table: Table }
  | { readonly facts: readonly Fact[] }
  /** Labelled by topic. */
  | { readonly topicFacts: readonly Fact[] }
  /** Errors, or fields that differ: then `code` is the field's name. */
  | { readonly groups: readonly ErrorGroup[]; readonly of: 'error' | 'field' }
  | { readonly list: readonly string[]; readonly areWarnings: boolean }
);

/** A label and what there is to say of it. */
export interface Fact {
  readonly label: string;
  readonly text: string;
  /** A path or a command, to be copied: neither broken nor cut. */
  readonly isVerbatim?: boolean;
}

export interface Step {
  readonly title: string;
  /** A sentence: before the file, and from it on. Text for a terminal does without. */
  readonly about: readonly [string, string];
  readonly file: string | null;
  /** What the file is called on a terminal; undefined where it is not shown there. */
  readonly fileLabel?: string;
  readonly command?: string | undefined;
  readonly commandLabel: string;
  /** What to heed. */
  readonly advice?: string | undefined;
}
