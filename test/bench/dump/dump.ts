import { closeSync, openSync, writeSync } from 'node:fs';
import { randomOf } from './random.js';
import { recordText } from './record.js';

export interface DumpOptions {
  readonly lines: number;
  /** Names of topics; line after line in turn. */
  readonly topics: readonly string[];
  /** The same seed gives the same dump; 1. */
  readonly seed?: number;
  /** The share of lines that repeat the key of an earlier line of their topic; 0. */
  readonly repeats?: number;
  /** How many lines back an earlier line may be; 5,000. */
  readonly within?: number;
  /** Other names for fields, by their own; none. */
  readonly names?: ReadonlyMap<string, string>;
}

export interface DumpLine {
  readonly topic: string;
  readonly key: string;
}

const PIECE_CHARS = 512 * 1024;
/** Until so many times as many lines have passed as keys are repeated from, the keys have not yet found their balance. */
const LEAD = 10;

/** Topics and keys alone, as the lines of the dump have them. */
export function* dumpKeys(options: DumpOptions): Generator<DumpLine> {
  const { lines, topics, seed = 1, repeats = 0, within = 5_000 } = options;
  const random = randomOf(seed);
  const back = Math.max(1, Math.floor(within / topics.length));
  const recent = new Array<string>(back * topics.length);
  // Lines that nobody sees come first: repeated keys must be as frequent at the beginning of the dump as at its end.
  const lead = repeats > 0 ? recent.length * LEAD : 0;
  for (let line = 0; line < lead + lines; line++) {
    let key: string | undefined;
    if (repeats > 0 && random() < repeats) {
      const earlier = line - topics.length * (1 + Math.floor(random() * back));
      if (earlier >= 0) key = recent[earlier % recent.length];
    }
    key ??= newKey(line, random);
    recent[line % recent.length] = key;
    if (line >= lead) yield { topic: topics[line % topics.length] as string, key };
  }
}

/** The dump as text, in pieces of whole lines. */
export function* dumpText(options: DumpOptions): Generator<string> {
  const random = randomOf((options.seed ?? 1) + 1);
  const names = [...(options.names ?? [])].map(([name, other]) => [`"${name}":`, `"${other}":`] as const);
  let piece = '';
  for (const { topic, key } of dumpKeys(options)) {
    const text = names.reduce((record, [name, other]) => record.replace(name, other), recordText(key, random));
    piece += `{"topic":"${topic}","data":${text}}\n`;
    if (piece.length < PIECE_CHARS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

export function writeDump(path: string, options: DumpOptions): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of dumpText(options)) writeSync(file, piece);
  } finally {
    closeSync(file);
  }
}

/** As long as a UUID, and as hard to compress; the line's number keeps it unique. */
function newKey(line: number, random: () => number): string {
  const number = line.toString(16).padStart(8, '0');
  const rest = Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
  return `${number}-5e0f-4b7a-9c31-${rest}`;
}
