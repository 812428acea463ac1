import { isFailureLine } from './dead-letter.js';
import type { Input } from './input.js';

/** Is there a line of a failures file in the input, or no line at all? Reads as far as it takes to know. */
export async function looksLikeFailures(input: Input): Promise<boolean> {
  let isEmpty = true;
  for await (const piece of input.pieces(new AbortController().signal)) {
    if (piece.some(isFailureLine)) return true;
    isEmpty &&= piece.length === 0;
  }
  return isEmpty;
}
