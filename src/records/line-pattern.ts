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

/** Pieces of a line, as JSON text. */
export interface Matched {
  /** The record without its braces: at least one member, none of them twice. */
  readonly members: string;
  /** The value of the key's member. */
  readonly key: string | undefined;
}

const BLANKS = String.raw`[ \t]*`;
const CHARACTERS = String.raw`[^"\\\x00-\x1f]*`;
/** Half a surrogate pair can be written as an escape only, and is not taken for one. */
const ESCAPE = String.raw`\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})`;
const STRING = `"${CHARACTERS}(?:${ESCAPE}${CHARACTERS})*"`;
const FILLED_STRING = `(?!"")${STRING}`;
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
  readonly #around: { readonly before: RegExp; readonly after: RegExp };
  readonly #pieces: readonly RegExp[];
  /** The piece that captures the key; -1 if there is none. */
  readonly #keyPiece: number;

  /** `isSpaced`: there may be blanks between and within the members. To look for them takes time. */
  constructor(
    members: readonly Member[],
    key: string | undefined,
    { form, isSpaced }: { readonly form: 'enveloped' | 'bare'; readonly isSpaced: boolean },
  ) {
    const blanks = isSpaced ? BLANKS : '';
    const sources = members.map((member) => memberSource(member, member.name === key, blanks));
    const pieces: RegExp[] = [];
    while (sources.length > 0) pieces.push(new RegExp(sources.splice(0, MEMBERS_AT_ONCE).join(''), 'y'));
    this.#around = AROUND[form];
    this.#pieces = pieces;
    const keyAt = members.findIndex(({ name }) => name === key);
    this.#keyPiece = keyAt < 0 ? -1 : Math.floor(keyAt / MEMBERS_AT_ONCE);
  }

  /** `from`: the index after the topic; 0 of a bare record. */
  match(text: string, from: number): Matched | undefined {
    const { before, after } = this.#around;
    const start = endOf(before, text, from);
    let end = start;
    let key: string | undefined;
    for (let i = 0; i < this.#pieces.length && end >= 0; i++) {
      const piece = this.#pieces[i] as RegExp;
      if (i === this.#keyPiece) {
        piece.lastIndex = end;
        const match = piece.exec(text);
        key = match?.[1];
        end = match === null ? -1 : piece.lastIndex;
      } else {
        end = endOf(piece, text, end);
      }
    }
    if (end < 0 || endOf(after, text, end) < 0) return undefined;
    return { members: text.slice(start, end), key };
  }
}

/** Where a match at this place ends; -1 if there is none. To ask for more than that costs an array each time. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/**
 * With the comma after it, unless it is the last one; or nothing, where another member comes. It matches in one way only, so
 * that a line that fails costs no more than one that does not.
 */
function memberSource(member: Member, isKey: boolean, blanks: string): string {
  const name = blanks + JSON.stringify(member.name).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const value = valueSource(member);
  const whole = `${name}${blanks}:${blanks}${isKey ? `(${value})` : value}${blanks}`;
  return `(?:${whole}(?:,(?!${blanks}\\})|(?=\\}))|(?!${name}))`;
}

function valueSource({ mayBeNumber, mayBeBoolean, mayBeNull }: Member): string {
  const kinds = [FILLED_STRING];
  if (mayBeNumber) kinds.push(NUMBER);
  if (mayBeBoolean) kinds.push(BOOLEAN);
  if (mayBeNull) kinds.push('null');
  return `(?:${kinds.join('|')})`;
}
