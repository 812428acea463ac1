import { constants } from 'node:fs';
import { open, rename, stat, type FileHandle } from 'node:fs/promises';
import { ReplayStopped } from '../errors.js';

/** How a file takes part in a journaled run. */
export interface Keeping {
  /** The file is an earlier run's of the same journal, and goes on. */
  readonly continues?: boolean;
  /** Lines are on the disk, not merely with the operating system, before `append` resolves. */
  readonly syncs?: boolean;
}

/**
 * A file of lines that is made when its first line comes. `append` resolves when the lines are with the operating
 * system; calls made meanwhile are written together.
 */
export class AppendFile {
  #handle: Promise<FileHandle> | undefined;
  #last: Promise<void> = Promise.resolve();
  #pending: string[] = [];
  #isScheduled = false;
  #lines = 0;

  constructor(
    readonly path: string,
    /** What the file is for, in messages: `failures`, `successes`. */
    private readonly purpose: string,
    private readonly warn: (warning: string) => void,
    private readonly keeping: Keeping = {},
  ) {}

  /** Lines that this run has put into the file. */
  get lines(): number {
    return this.#lines;
  }

  /** Each line without its newline. Throws `ReplayStopped` (`FILE_UNWRITABLE`) when the disk does not take them. */
  append(lines: readonly string[]): Promise<void> {
    for (const line of lines) this.#pending.push(line);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      this.#last = this.#last.then(() => this.#flush());
    }
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    const handle = await this.#handle?.catch(() => undefined);
    await handle?.close();
  }

  async #flush(): Promise<void> {
    this.#isScheduled = false;
    const lines = this.#pending;
    this.#pending = [];
    try {
      this.#handle ??= this.#open();
      const handle = await this.#handle;
      await handle.appendFile(lines.join('\n') + '\n');
      if (this.keeping.syncs === true) await handle.datasync();
      this.#lines += lines.length;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ReplayStopped('FILE_UNWRITABLE', `The ${this.purpose} file ${this.path} cannot be written: ${reason}`, {
        hint: 'Free some space, or name another place, and run again.',
        cause: error,
      });
    }
  }

  /** What an earlier run left under this name is moved aside, not lost. */
  async #open(): Promise<FileHandle> {
    if (this.keeping.continues === true) return open(this.path, 'a');
    const found = await stat(this.path).catch(() => undefined);
    if (found?.isFile() === true && found.size > 0) {
      await rename(this.path, `${this.path}~`);
      this.warn(`${this.path} held the ${this.purpose} of an earlier run; they are in ${this.path}~ now`);
    }
    // Not "append": a pipe or a device is as good a place as a file.
    return open(
      this.path,
      constants.O_WRONLY | constants.O_CREAT | (found?.isFile() === false ? 0 : constants.O_TRUNC),
    );
  }
}
