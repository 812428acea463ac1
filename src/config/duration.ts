/** Longest wait that Node's timers can hold: 2^31 - 1 ms, a little under 25 days. */
export const MAX_DURATION_MS = 2_147_483_647;

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5
  μs: 1e-3, // U+03BC
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Reads a duration as Go writes it: `500ms`, `5s`, `1m30s`, `1.5h`, `0`.
 * Returns whole milliseconds, at least 1 for anything longer than nothing; undefined when the text is no duration.
 * Negative durations, which Go allows, are none here: nothing can be waited for that long.
 */
export function parseDuration(text: string): number | undefined {
  if (/^\+?0$/.test(text)) return 0;
  let milliseconds = 0;
  let position = text.startsWith('+') ? 1 : 0;
  if (position === text.length) return undefined;
  while (position < text.length) {
    PART.lastIndex = position;
    const part = PART.exec(text);
    if (part === null) return undefined;
    milliseconds += Number(part[1]) * (MS_PER_UNIT[part[2] ?? ''] ?? Number.NaN);
    position = PART.lastIndex;
  }
  return milliseconds > 0 ? Math.max(1, Math.round(milliseconds)) : 0;
}
