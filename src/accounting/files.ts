import { constants } from 'node:fs';
import { open, rename, stat, truncate, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { stringify } from 'ndjson';
import { ReplayStopped } from '../core/errors.js';
import type { DeadLetter, MalformedLine, SourceRecord } from '../core/record.js';
import { reasonOf } from '../core/unknown.js';

/** Records are the business of whoever runs this alone. */
const PRIVATE = 0o600;

/** A file of lines that is made when its first line comes. Lines are appended one call after the other. */
export class AppendFile {
  #handle: FileHandle | undefined;
  #bytes = 0;
  #continues = false;
  #failure: ReplayStopped | undefined;
  #last: Promise<void> | undefined;

  constructor(
    readonly path: string,
    /** What the file is for, in messages: `failures`, `successes`. */
    private readonly purpose: string,
    private readonly warn: (warning: string) => void,
    /** Lines are on the disk, not merely with the operating system, before `append` resolves. */
    private readonly isSynced = false,
  ) {}

  /** How long it is by what was put into it, earlier runs of the journal included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Each line without its newline. Throws `ReplayStopped` (`FILE_UNWRITABLE`) when the disk does not take them. */
  append(lines: readonly string[]): Promise<void> {
    return (this.#last = this.#append(Buffer.from(lines.join('\n') + '\n')));
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

  /** Goes on with the file of an earlier run, which knew of so many bytes; undefined: of all of them. */
  async goOn(bytes = Infinity): Promise<void> {
    this.#continues = true;
    const found = await stat(this.path).catch(() => undefined);
    if (found?.isFile() === true) this.#bytes = Math.min(found.size, bytes);
  }

  /** Cuts off what the earlier run did not know of. Throws `ReplayStopped`. */
  async cutOff(): Promise<void> {
    try {
      const found = await stat(this.path).catch(() => undefined);
      if (found?.isFile() === true && found.size > this.#bytes) await truncate(this.path, this.#bytes);
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  async close(): Promise<void> {
    await this.#last?.catch(() => undefined);
    await this.#handle?.close();
  }

  async #append(bytes: Buffer): Promise<void> {
    // Behind a line that is torn, another one would be lost with it.
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#handle ??= await this.#open();
      await this.#handle.appendFile(bytes);
      if (this.isSynced) await this.#handle.datasync();
      this.#bytes += bytes.length;
    } catch (error) {
      throw (this.#failure = this.#unwritable(error));
    }
  }

  async #open(): Promise<FileHandle> {
    const handle = await this.#openForLines();
    if (this.isSynced) await syncFolderOf(this.path);
    return handle;
  }

  async #openForLines(): Promise<FileHandle> {
    if (this.#continues) return open(this.path, 'a', PRIVATE);
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

/** The file of lines that were not written. */
export class FailuresFile extends AppendFile {
  /** `format` gives the text of a line of it. */
  constructor(
    path: string,
    warn: (warning: string) => void,
    private readonly format: (line: DeadLetter | MalformedLine) => string,
    isSynced = false,
  ) {
    super(path, 'failures', warn, isSynced);
  }

  /** The file's path, or null as long as nothing failed. */
  get written(): string | null {
    return this.bytes > 0 ? this.path : null;
  }

  /** Resolves when the lines are in the file. */
  async add(lines: readonly (DeadLetter | MalformedLine)[]): Promise<void> {
    if (lines.length > 0) await this.append(lines.map(this.format));
  }
}

/** The file of records that were written: topic, line, id, created, and the lines that were folded into it. */
export class SuccessesFile extends AppendFile {
  constructor(path: string, warn: (warning: string) => void, isSynced = false) {
    super(path, 'successes', warn, isSynced);
  }

  async add(
    records: readonly { record: SourceRecord; id: string | undefined; created: boolean | undefined }[],
  ): Promise<void> {
    if (records.length === 0) return;
    const rows = records.map(({ record: { mapping, position, folded }, id, created }) => ({
      topic: mapping.topic,
      file: position.file,
      line: position.line,
      id: id ?? null,
      created: created ?? null,
      ...(folded === undefined ? {} : { superseded: folded.map((line) => line.position) }),
    }));
    const lines = await text(Readable.from(rows).pipe(stringify()));
    await this.append(lines.trimEnd().split('\n'));
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
