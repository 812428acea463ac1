import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Input, Line } from '../../src/input/input.js';

export const fixtures = fileURLToPath(new URL('../../fixtures/input/', import.meta.url));
/** How many lines `native.ndjson` has. */
export const nativeLines = 3;
export const never = new AbortController().signal;

export async function collect(input: Input, stopping = never): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const piece of input.pieces(stopping)) lines.push(...piece);
  return lines;
}

/** The lines that came before an error, and the error. */
export async function collectUntilError(input: Input): Promise<{ lines: Line[]; error: unknown }> {
  const lines: Line[] = [];
  try {
    for await (const piece of input.pieces(never)) lines.push(...piece);
  } catch (error) {
    return { lines, error };
  }
  throw new Error('expected the input to break off');
}

/** `number text`, or `number CODE`. */
export function shown(lines: readonly Line[]): string[] {
  return lines.map((line) => `${line.position.line} ${line.kind === 'text' ? line.text : line.code}`);
}

export function textsOf(lines: readonly Line[]): string[] {
  return lines.map((line) => (line.kind === 'text' ? line.text : line.code));
}

export function noStdin(): Readable {
  return new Readable({
    read() {
      throw new Error('standard input must not be read');
    },
  });
}
