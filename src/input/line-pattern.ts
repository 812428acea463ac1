import type { Scalar } from '../record.js';
import { parseJson } from './json.js';

/**
 * Lines that are read without being parsed: regular expressions know what the lines of a topic look like, check that a line
 * is valid JSON, and find in it what is needed. That costs a fifth of parsing it, and leaves no values behind.
 */

/** A member of a record, and what else than text it may hold. */
export interface Member {
  readonly name: string;
  readonly mayBeNumber: boolean;
  readonly mayBeBoolean: boolean;
  readonly mayBeNull: boolean;
}

/** Where a line has what. */
export interface Matched {
  /** Between these is the record without its braces: at least one member, none of them twice. */
  readonly start: number;
  readonly end: number;
  /** The value of the key's member, as JSON text. */
  readonly key: string | undefined;
}

export interface PatternOptions {
  readonly form: 'enveloped' | 'bare';
  /** The name of the key's member. */
  readonly key: string | undefined;
  /** A text that no member may hold, however it is written. */
  readonly unlike?: string | undefined;
}

const BLANKS = String.raw`[ \t]*`;
const CHARACTERS = String.raw`[^"\\\x00-\x1f]*`;
/** Half a surrogate pair can be written as an escape only, and is not taken for one. */
const ESCAPE = String.raw`\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})`;
const STRING = `"${CHARACTERS}(?:${ESCAPE}${CHARACTERS})*"`;
const FILLED_STRING = `(?!"")${STRING}`;
/** Escapes that stand for characters which can be written in no other way. */
const NEEDED_ESCAPE = String.raw`\\["\\bfnrt]`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const BOOLEAN = 'true|false';
const COLON = `${BLANKS}:${BLANKS}`;
const COMMA = `${BLANKS},${BLANKS}`;
/** Members of an envelope that mean nothing where there are `topic` and `data`. Escaped names might mean these. */
const ASIDE = `"(?!(?:topic|data)")${CHARACTERS}"${COLON}(?:${STRING}|${NUMBER}|${BOOLEAN}|null)`;

const TOPIC = new RegExp(`${BLANKS}\\{${BLANKS}(?:${ASIDE}${COMMA})*"topic"${COLON}"(${CHARACTERS})"`, 'y');
/** What stands before the members of a record, and after them. */
const AROUND = {
  enveloped: {
    before: new RegExp(`${COMMA}(?:${ASIDE}${COMMA})*"data"${COLON}\\{(?=${BLANKS}")`, 'y'),
    after: new RegExp(`\\}(?:${COMMA}${ASIDE})*${BLANKS}\\}${BLANKS}$`, 'y'),
  },
  bare: { before: new RegExp(`${BLANKS}\\{(?=${BLANKS}")`, 'y'), after: new RegExp(`\\}${BLANKS}$`, 'y') },
};
/** A longer expression the engine would not compile. */
const MEMBERS_AT_ONCE = 40;

/** The topic that the line begins with, and the index after it; undefined where `data` comes first, and for unusual lines. */
export function topicAhead(text: string): { readonly topic: string; readonly end: number } | undefined {
  TOPIC.lastIndex = 0;
  const topic = TOPIC.exec(text)?.[1];
  return topic === undefined ? undefined : { topic, end: TOPIC.lastIndex };
}

/**
 * What lines look like that hold some of `members` in their order: those that begin as `topicAhead` says, or bare records.
 * A line that does not match may still be a fine one.
 */
export class LinePattern {
  readonly #pieces: readonly RegExp[];
  /** Like the pieces in the middle, but with every value in a group. */
  #reading: readonly RegExp[] | undefined;

  constructor(
    private readonly members: readonly Member[],
    private readonly options: PatternOptions,
  ) {
    const { before, after } = AROUND[options.form];
    this.#pieces = [before, ...this.#compile((name) => name === options.key), after];
  }

  /** `from`: the index after the topic; 0 of a bare record. */
  match(text: string, from: number): Matched | undefined {
    const ends: number[] = [];
    let at = from;
    let key: string | undefined;
    for (const piece of this.#pieces) {
      piece.lastIndex = at;
      const match = piece.exec(text);
      if (match === null) return undefined;
      key ??= match[1];
      at = piece.lastIndex;
      ends.push(at);
    }
    return { start: ends[0] as number, end: ends.at(-2) as number, key };
  }

  /** The values of a record that matched and starts there: one for each of the members, undefined where it has none. */
  read(text: string, start: number): (Scalar | undefined)[] {
    this.#reading ??= this.#compile(() => true);
    const values: (Scalar | undefined)[] = [];
    let at = start;
    for (const piece of this.#reading) {
      piece.lastIndex = at;
      const match = piece.exec(text) as RegExpExecArray;
      for (let group = 1; group < match.length; group++) values.push(scalarOf(match[group]));
      at = piece.lastIndex;
    }
    return values;
  }

  #compile(isInGroup: (name: string) => boolean): RegExp[] {
    const { unlike } = this.options;
    const sources = this.members.map((member) => memberSource(member, isInGroup(member.name), unlike));
    const pieces: RegExp[] = [];
    while (sources.length > 0) pieces.push(new RegExp(sources.splice(0, MEMBERS_AT_ONCE).join(''), 'y'));
    return pieces;
  }
}

/**
 * With the comma after it, unless it is the last one; or nothing, where another member comes. It matches in one way only, so
 * that a line that fails costs no more than one that does not.
 */
function memberSource(member: Member, isInGroup: boolean, unlike: string | undefined): string {
  const name = BLANKS + literal(JSON.stringify(member.name));
  const value = valueSource(member, unlike);
  const grouped = isInGroup ? `(${value})` : value;
  return `(?:${name}${COLON}${grouped}${BLANKS}(?:,(?!${BLANKS}\\})|(?=\\}))|(?!${name}))`;
}

function valueSource({ mayBeNumber, mayBeBoolean, mayBeNull }: Member, unlike: string | undefined): string {
  const kinds = [unlike === undefined ? FILLED_STRING : stringUnlike(unlike)];
  if (mayBeNumber) kinds.push(NUMBER);
  if (mayBeBoolean) kinds.push(BOOLEAN);
  if (mayBeNull) kinds.push('null');
  return `(?:${kinds.join('|')})`;
}

/** Only the characters that need it may be escaped: the text has one spelling then. */
function stringUnlike(text: string): string {
  return `(?!"(?:${literal(text)})?")"${CHARACTERS}(?:${NEEDED_ESCAPE}${CHARACTERS})*"`;
}

function scalarOf(json: string | undefined): Scalar | undefined {
  if (json === undefined) return undefined;
  // What most values are.
  if (json.startsWith('"') && !json.includes('\\')) return json.slice(1, -1);
  return parseJson(json) as Scalar;
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
