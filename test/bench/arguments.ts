import { parseArgs } from 'node:util';

export interface BenchArguments {
  /** Numbers of rows; none: all of them. */
  readonly rows: readonly number[];
  readonly lines: number | undefined;
  readonly rounds: number | undefined;
  readonly isQuick: boolean;
  readonly isHelp: boolean;
}

/** Reads the command line. Throws an `Error` that says what is wrong with it. */
export function readArguments(words: readonly string[], lastRow: number): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      lines: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    rows: positionals.map((word) => integer('ROW', word, lastRow)),
    lines: values.lines === undefined ? undefined : integer('--lines', values.lines),
    rounds: values.rounds === undefined ? undefined : integer('--rounds', values.rounds),
    isQuick: values.quick,
    isHelp: values.help,
  };
}

function integer(what: string, word: string, atMost = Number.MAX_SAFE_INTEGER): number {
  const number = Number(word);
  if (/^\d+$/.test(word) && number >= 1 && number <= atMost) return number;
  const range = atMost === Number.MAX_SAFE_INTEGER ? 'of at least 1' : `from 1 to ${atMost}`;
  throw new Error(`${what}: expected an integer ${range}, found ${word}`);
}
