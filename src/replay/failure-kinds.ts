import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { readDeadLetter, sourceText, type DeadLetterObject } from '../input/own-lines.js';
import { isJsonObject } from '../input/json.js';
import type { JsonValue } from '../core/record.js';
import type { FailureExample, FailureKind } from '../report/page/run-page.js';

/** What is looked at for examples; a failures file may be as large as its input. */
const MAX_BYTES = 4_000_000;
const MAX_KINDS = 1_000;
const MAX_EXAMPLES = 3;
const MAX_TEXT_LENGTH = 2_000;

/** What the beginning of a failures file holds, by topic and code. Empty where it is no file, or cannot be read. */
export async function readFailureKinds(path: string): Promise<FailureKind[]> {
  const kinds = new Map<string, FailureKind & { count: number; readonly examples: FailureExample[] }>();
  for (const line of await firstLines(path)) {
    const letter = readDeadLetter(line);
    if (letter === undefined || letter.error['outcome'] === 'unsent') continue;
    const { code, message } = letter.error;
    const topic = typeof letter['topic'] === 'string' ? letter['topic'] : null;
    const name = JSON.stringify([topic, code]);
    if (!kinds.has(name) && kinds.size >= MAX_KINDS) continue;
    const kind = kinds.get(name) ?? { topic, code, count: 0, examples: [] };
    kinds.set(name, kind);
    kind.count++;
    const known = kind.examples.findIndex((one) => one.message === message);
    if (known < 0 && kind.examples.length >= MAX_EXAMPLES) continue;
    const example = exampleOf(letter, line);
    if (known < 0) kind.examples.push(example);
    else if (isEarlier(example, kind.examples[known])) kind.examples[known] = example;
  }
  return [...kinds.values()];
}

/** Failures are written down in the order in which they become known. */
function isEarlier(one: FailureExample, other: FailureExample | undefined): boolean {
  return one.file === other?.file && one.line < other.line;
}

function exampleOf(letter: DeadLetterObject, written: string): FailureExample {
  const { message, source, attempts } = letter.error;
  const { file, line } = isJsonObject(source) ? source : {};
  const raw = letter['topic'] === null ? letter['raw'] : undefined;
  return {
    message,
    file: typeof file === 'string' ? file : '-',
    line: numberOr(line, 0),
    attempts: numberOr(attempts, 0),
    text: (typeof raw === 'string' ? raw : sourceText(written)).slice(0, MAX_TEXT_LENGTH),
  };
}

function numberOr(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** The last one may be torn. */
async function firstLines(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  // A pipe is somebody else's to read.
  if (found?.isFile() !== true) return [];
  const beginning = await text(createReadStream(path, { end: MAX_BYTES - 1 })).catch(() => '');
  return beginning.split('\n');
}
