import type { Paint } from './paint.js';
import { padEnd, widthOf, wrap } from './text-width.js';

/** A label and what there is to say of it. */
export interface Fact {
  readonly label: string;
  readonly text: string;
  /** A path or a command, to be copied: neither broken nor cut. */
  readonly isVerbatim?: boolean;
}

/** Lines of aligned labels with their texts wrapped beside them, or below them in a narrow window. */
export function factLines(facts: readonly Fact[], width: number, paint: Paint): string[] {
  const labelWidth = facts.reduce((widest, { label }) => Math.max(widest, widthOf(label)), 0);
  const isBeside = width - labelWidth - 2 >= leastBeside;
  const indent = isBeside ? labelWidth + 2 : 4;
  return facts.flatMap(({ label, text, isVerbatim }) => {
    const lines = isVerbatim ? [text] : wrap(text, Math.max(10, width - indent));
    const [first = '', ...rest] = lines.map((line) => ' '.repeat(indent) + line);
    const shown = paint.dim(isBeside ? padEnd(label, labelWidth) : label);
    return isBeside ? [`${shown}  ${first.slice(indent)}`, ...rest] : [shown, first, ...rest];
  });
}

const leastBeside = 24;
