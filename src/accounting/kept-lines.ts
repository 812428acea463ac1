import { open } from 'node:fs/promises';
import type { LinePosition } from '../record.js';

/**
 * The source lines that an earlier run of the journal has put into a failures or successes file. A run that was killed
 * may have written there what its journal does not know yet; and the last line may be torn, which is cut off here.
 */
export class KeptLines {
  readonly #failed = new Positions();
  readonly #succeeded = new Positions();
  #hasFailures = false;

  /** Reads the failures file, if there is one. */
  async readFailures(path: string): Promise<void> {
    this.#hasFailures = await readWhole(path, (document) => {
      const { error } = document as { error?: { outcome?: unknown; source?: Partial<LinePosition> } };
      if (error?.outcome !== 'unsent') this.#failed.add(error?.source);
    });
  }

  /** Reads the successes file, if there is one. */
  async readSuccesses(path: string): Promise<void> {
    await readWhole(path, (document) => this.#succeeded.add(document as Partial<LinePosition>));
  }

  /** Is there a failures file of an earlier run? */
  get hasFailures(): boolean {
    return this.#hasFailures;
  }

  has(position: LinePosition): 'failed' | 'succeeded' | undefined {
    if (this.#failed.has(position)) return 'failed';
    return this.#succeeded.has(position) ? 'succeeded' : undefined;
  }
}

class Positions {
  readonly #byFile = new Map<string, Set<number>>();

  add(position: Partial<LinePosition> | undefined): void {
    const { file, line } = position ?? {};
    if (typeof file !== 'string' || typeof line !== 'number') return;
    const lines = this.#byFile.get(file);
    if (lines === undefined) this.#byFile.set(file, new Set([line]));
    else lines.add(line);
  }

  has({ file, line }: LinePosition): boolean {
    return this.#byFile.get(file)?.has(line) === true;
  }
}

/** Gives each whole line, parsed, and cuts a torn one off. False when there is no such file. */
async function readWhole(path: string, onDocument: (document: unknown) => void): Promise<boolean> {
  const handle = await open(path, 'r+').catch(() => undefined);
  if (handle === undefined) return false;
  try {
    if (!(await handle.stat()).isFile()) return false;
    let wholeBytes = 0;
    let carry: Buffer = Buffer.alloc(0);
    for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      const bytes = Buffer.concat([carry, chunk]);
      let at = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, at)) {
        onDocument(parsed(bytes.toString('utf8', at, end)));
        at = end + 1;
      }
      wholeBytes += at;
      carry = bytes.subarray(at);
    }
    await handle.truncate(wholeBytes);
    return true;
  } finally {
    await handle.close();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
