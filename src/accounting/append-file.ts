import { constants } from 'node:fs';
import { open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ReplayStopped } from '../core/errors.js';
import { reasonOf } from '../core/unknown.js';

/** How a file takes part in a journaled run. */
export interface Keeping {
  /** The file is an earlier run's of the same journal, and goes on. */
  readonly continues?: boolean;
  /** Lines are on the disk, not merely with the operating system, before `append` resolves. */
  readonly syncs?: boolean;
}

/** Records are the business of whoever runs this alone. */
const PRIVATE = 0o600;

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

  /**
   * Moves aside what an earlier run left under this name, now instead of with the first line: whatever is found here
   * later is then this run's. Throws `ReplayStopped`.
   */
  async setAside(): Promise<void> {
    try {
      await this.#moveAside();
    } catch (error) {
      throw this.#unwritable(error);
    }
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
      throw this.#unwritable(error);
    }
  }

  async #open(): Promise<FileHandle> {
    const handle = await this.#openForLines();
    if (this.keeping.syncs === true) await syncFolderOf(this.path);
    return handle;
  }

  async #openForLines(): Promise<FileHandle> {
    if (this.keeping.continues === true) return open(this.path, 'a', PRIVATE);
    const isFile = await this.#moveAside();
    // Not "append": a pipe or a device is as good a place as a file.
    return open(this.path, constants.O_WRONLY | constants.O_CREAT | (isFile ? constants.O_TRUNC : 0), PRIVATE);
  }

  /** What an earlier run left under this name is not lost. False where there is something that is no file. */
  async #moveAside(): Promise<boolean> {
    const found = await stat(this.path).catch(() => undefined);
    if (found?.isFile() === true && found.size > 0) {
      const aside = await freeName(`${this.path}~`);
      await rename(this.path, aside);
      this.warn(`${this.path} held the ${this.purpose} of an earlier run; they are in ${aside} now`);
    }
    return found?.isFile() !== false;
  }

  #unwritable(error: unknown): ReplayStopped {
    const reason = reasonOf(error);
    const message = `The ${this.purpose} file ${this.path} cannot be written: ${reason}`;
    const hint = 'Free some space, or name another place, and run again.';
    return new ReplayStopped('FILE_UNWRITABLE', message, { hint, cause: error });
  }
}

/** A new file survives a power cut only when its folder is on disk, too. Not every system can do that. */
async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/** `f~`, `f~2`, `f~3`: the first that nothing has. */
async function freeName(path: string): Promise<string> {
  for (let count = 1; ; count++) {
    const name = count === 1 ? path : `${path}${count}`;
    if ((await stat(name).catch(() => undefined)) === undefined) return name;
  }
}
