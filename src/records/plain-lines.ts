import type { Line } from '../input/input.js';
import { parseJson } from '../input/json.js';
import { LinePattern, topicAhead } from './line-pattern.js';
import type { JsonValue, LinePosition, Message } from '../core/record.js';
import type { FieldPlan } from './field-plan.js';
import { plainMember, type PlainMember } from './plain-member.js';

/** A line that was read without being parsed: its record is sent as it is written. */
export interface PlainMessage {
  readonly kind: 'plain';
  readonly position: LinePosition;
  readonly text: string;
  readonly topic: string;
  /** It is there, and was not read. */
  readonly data: undefined;
  readonly keyValue: JsonValue | undefined;
  /** The record's JSON without its braces. */
  readonly members: string;
}

/** The regular expression of a longer line might run out of its stack. */
const LONGEST_LINE = 64 * 1024;
/** So many lines of a topic are parsed before it gets its first pattern; twice as many before the next, and so on. */
const FIRST_PATIENCE = 4;
const LAST_PATIENCE = 4096;
/** Blanks around members and their values: a text that holds something alike is rare, and then a pattern is a little slower. */
const SPACED = /\{[ \t]+"|"[ \t]+[:,}]|":[ \t]|,[ \t]+"|[\del][ \t]+[,}]/;
/** A pattern takes some 5 kB of memory for each member; no more members than this get into patterns. */
const MOST_MEMBERS = 2_000;

interface TopicLines {
  readonly plan: FieldPlan;
  /** In an order that most lines follow. */
  readonly members: PlainMember[];
  /** There are others than when the pattern was made. */
  hasNewMembers: boolean;
  /** Of lines that had to be parsed, and of those among them whose members have another order. */
  count: number;
  unordered: number;
  patience: number;
  /** Some lines have blanks between or within their members. */
  isSpaced: boolean;
  known: { readonly pattern: LinePattern; readonly isSpaced: boolean } | undefined;
}

/**
 * Learns from parsed lines what those of each topic look like, so that most need not be parsed. `take` gives the same as
 * parsing would, or nothing.
 */
export class PlainLines {
  readonly #topics = new Map<string, TopicLines>();
  readonly #patterns = new Map<string, LinePattern>();
  #membersLeft = MOST_MEMBERS;

  /** `bareTopic`: lines are bare records of this topic. */
  constructor(
    plans: readonly FieldPlan[],
    private readonly bareTopic: string | undefined,
  ) {
    for (const plan of plans) {
      const { topic, mode, operation, compact, fields, set, insertKey } = plan.mapping;
      // Rows of CSV are made of values, and so are folded records and updates by a looked-up Id; deletes are mere Ids.
      if (mode === 'bulk' || operation === 'delete' || compact || plan.looksUpIds) continue;
      // What is sent is not what the line holds.
      if (fields !== undefined || set !== undefined || insertKey !== undefined) continue;
      this.#topics.set(topic, {
        plan,
        members: [],
        hasNewMembers: false,
        count: 0,
        unordered: 0,
        patience: FIRST_PATIENCE,
        isSpaced: false,
        known: undefined,
      });
    }
  }

  take(line: Line): PlainMessage | undefined {
    if (this.#patterns.size === 0 || line.kind === 'malformed') return undefined;
    const { position, text } = line;
    if (text.length > LONGEST_LINE || !text.isWellFormed()) return undefined;
    const { topic, end } = this.#topicOf(text) ?? { topic: undefined, end: 0 };
    const known = topic === undefined ? undefined : this.#topics.get(topic)?.known;
    const match = known?.pattern.match(text, end);
    if (topic === undefined || known === undefined || match === undefined) return undefined;
    const keyValue = match.key === undefined ? undefined : readKey(match.key);
    // A blank key is left out.
    if (typeof keyValue === 'string' && keyValue.trim() === '') return undefined;
    return {
      kind: 'plain',
      position,
      text,
      topic,
      data: undefined,
      keyValue,
      members: match.members,
    };
  }

  /** A line that had to be parsed, and gave a record. */
  learn({ topic, data, text }: Message): void {
    const lines = this.#topics.get(topic);
    if (lines === undefined || data === null || lines.patience > LAST_PATIENCE) return;
    if (!addMembers(lines, Object.keys(data))) lines.unordered++;
    lines.isSpaced ||= SPACED.test(text);
    if (++lines.count < lines.patience) return;
    const { members, known, count, unordered } = lines;
    lines.count = 0;
    lines.unordered = 0;
    lines.patience *= 2;
    // The first lines were the exception.
    if (unordered > count / 2) members.length = 0;
    else if (known === undefined || lines.hasNewMembers || lines.isSpaced !== known.isSpaced) {
      this.#makePattern(lines);
    }
  }

  #topicOf(text: string): ReturnType<typeof topicAhead> {
    return this.bareTopic === undefined ? topicAhead(text) : { topic: this.bareTopic, end: 0 };
  }

  #makePattern(lines: TopicLines): void {
    const { plan, members, isSpaced } = lines;
    const key = members.find(({ column }) => column.field === plan.keyField)?.name;
    // Topics that look alike share one.
    const identity = JSON.stringify([key, isSpaced, members.map((member) => ({ ...member, column: undefined }))]);
    let pattern = this.#patterns.get(identity);
    if (pattern === undefined) {
      if (members.length > this.#membersLeft) return;
      this.#membersLeft -= members.length;
      const form = this.bareTopic === undefined ? 'enveloped' : 'bare';
      pattern = new LinePattern(members, key, { form, isSpaced });
      this.#patterns.set(identity, pattern);
    }
    lines.known = { pattern, isSpaced };
    lines.hasNewMembers = false;
  }
}

/**
 * Puts the names that are new where they stand among those that are known. Nothing is learnt of a line with a member that is
 * not sent as it is. False where the members have another order.
 */
function addMembers(lines: TopicLines, names: readonly string[]): boolean {
  const { plan, members } = lines;
  const places = new Map(members.map(({ name }, place) => [name, place]));
  const fresh: { member: PlainMember; before: number }[] = [];
  let next = 0;
  for (const name of names) {
    const place = places.get(name);
    if (place !== undefined) {
      if (place < next) return false;
      next = place + 1;
      continue;
    }
    const member = plainMember(name, plan);
    if (member === undefined) return true;
    fresh.push({ member, before: next });
  }
  for (const { member, before } of fresh.reverse()) members.splice(before, 0, member);
  if (fresh.length > 0) lines.hasNewMembers = true;
  return true;
}

/** Most keys are text without escapes. */
function readKey(json: string): JsonValue {
  return json.startsWith('"') && !json.includes('\\') ? json.slice(1, -1) : parseJson(json);
}
