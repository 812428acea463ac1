import { open } from 'node:fs/promises';
import type { LinePosition } from '../core/record.js';

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
    await readWhole(path, (document) => {
      const { superseded = [], ...line } = document as Partial<LinePosition> & { superseded?: Partial<LinePosition>[] };
      for (const one of [...superseded, line]) this.#succeeded.add(one);
    });
  }

  /** Is there a failures file of an earlier run? */
  get hasFailures(): boolean {
    return this.#hasFailures;
  }

  /** Each entry of the files speaks of one line: two lines have one position where a path is given twice. */
  take(position: LinePosition): 'failed' | 'succeeded' | undefined {
    if (this.#failed.take(position)) return 'failed';
    return this.#succeeded.take(position) ? 'succeeded' : undefined;
  }
}

class Positions {
  /** How often each line of each file is named. */
  readonly #byFile = new Map<string, Map<number, number>>();

  add(position: Partial<LinePosition> | undefined): void {
    const { file, line } = position ?? {};
    if (typeof file !== 'string' || typeof line !== 'number') return;
    const lines = this.#byFile.get(file);
    if (lines === undefined) this.#byFile.set(file, new Map([[line, 1]]));
    else lines.set(line, (lines.get(line) ?? 0) + 1);
  }

  take({ file, line }: LinePosition): boolean {
    const lines = this.#byFile.get(file);
    const count = lines?.get(line) ?? 0;
    if (count > 0) lines?.set(line, count - 1);
    return count > 0;
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
