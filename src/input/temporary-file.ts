import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReplayStopped } from '../core/errors.js';
import { describeProblem } from './problem.js';

/**
 * Bytes that wait on disk. The file is made when it is needed, for its owner only, and has no name, so that nothing is left
 * of it however the program ends. Throws `ReplayStopped` (`SPOOL_UNUSABLE`).
 */
export class TemporaryFile {
  readonly #path = join(tmpdir(), `sfreplay-waiting-${randomUUID()}`);
  readonly #what: string;
  #handle: FileHandle | undefined;
  #size = 0;

  /** `what` cannot be kept, in messages: `Lines that wait for others`. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Of the file, as far as it is whole. */
  get size(): number {
    return this.#size;
  }

  async append(bytes: Buffer): Promise<void> {
    try {
      const handle = (this.#handle ??= await this.#open());
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, this.#size + at);
        at += bytesWritten;
      }
      this.#size += bytes.length;
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  async read(at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    try {
      for (let filled = 0; filled < length;) {
        const read = await this.#handle?.read(buffer, filled, length - filled, at + filled);
        if (read === undefined || read.bytesRead === 0) throw new Error('the file was cut off');
        filled += read.bytesRead;
      }
    } catch (error) {
      throw this.#unusable(error);
    }
    return buffer;
  }

  async remove(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    if (this.#handle !== undefined) await this.#unlink();
    this.#handle = undefined;
    this.#size = 0;
  }

  /** Has its name only until it is open. */
  async #open(): Promise<FileHandle> {
    const handle = await open(this.#path, 'wx+', 0o600);
    await this.#unlink();
    return handle;
  }

  /** Windows may keep the name until the file is closed. */
  async #unlink(): Promise<void> {
    await rm(this.#path, { force: true }).catch(() => undefined);
  }

  #unusable(cause: unknown): ReplayStopped {
    if (cause instanceof ReplayStopped) return cause;
    const message = `${this.#what} cannot be kept in ${tmpdir()}: ${describeProblem(cause)}`;
    return new ReplayStopped('SPOOL_UNUSABLE', message, {
      hint: 'Free some space there, or set TMPDIR to another folder.',
      cause,
    });
  }
}
