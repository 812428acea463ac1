/** Keys that are remembered, over all topics: some 50 MB of memory. */
const MAX_KEYS = 1_000_000;

/** How often keys came, in bounded memory: beyond `maxKeys` different ones, new keys are no longer remembered. */
export class KeyCensus {
  readonly #seen = new Set<number>();
  /** False: there were more keys than are remembered, so that counts are lower bounds. */
  isComplete = true;

  constructor(private readonly maxKeys = MAX_KEYS) {}

  /** `unknown`: it was not seen among those that are remembered. */
  note(topic: string, key: string): 'first' | 'repeated' | 'unknown' {
    const hash = hashOf(topic, key);
    if (this.#seen.has(hash)) return 'repeated';
    if (this.#seen.size >= this.maxKeys) {
      this.isComplete = false;
      return 'unknown';
    }
    this.#seen.add(hash);
    return 'first';
  }
}

/** 52 bits: among a million keys, two share one once in ten thousand runs. */
function hashOf(topic: string, key: string): number {
  const text = `${topic}\n${key}`;
  let low = 0x811c9dc5;
  let high = 0x2545f491;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return ((high ^ (low >>> 13)) >>> 12) * 2 ** 32 + (mix(low) >>> 0);
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
