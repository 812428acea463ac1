import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { ZstdFrames } from './zstd-frames.js';

/** Compressed bytes that cannot be decompressed, or that end too soon. */
export class DamagedError extends Error {}

/** Bounds what one step can decompress to: deflate makes at most about a thousand bytes of one. */
const SLICE_BYTES = 32 * 1024;
const BLOCK_BYTES = 64 * 1024;

/**
 * The bytes of a gzip or zstd stream, of all its members. What was decompressed before the damage is given before a
 * {@link DamagedError} is thrown, but for the last block (at most 64 kB) when the damage is in the middle.
 */
export async function* decompress(chunks: AsyncIterable<Buffer>, kind: 'gzip' | 'zstd'): AsyncGenerator<Buffer> {
  let member: Member | undefined;
  const frames = kind === 'zstd' ? new ZstdFrames() : undefined;
  try {
    for await (const chunk of chunks) {
      frames?.push(chunk);
      for (let start = 0; start < chunk.length; start += SLICE_BYTES) {
        let rest = chunk.subarray(start, start + SLICE_BYTES);
        for (;;) {
          if (member === undefined) rest = withoutPadding(rest);
          if (rest.length === 0) break;
          member ??= new Member(kind);
          const { blocks, left, problem } = await member.write(rest);
          yield* blocks;
          if (problem !== undefined) throw problem;
          if (left === undefined) break;
          member = undefined;
          rest = left;
        }
      }
    }
    if (member !== undefined) {
      const { blocks, problem } = await member.end();
      yield* blocks;
      if (problem !== undefined) throw problem;
    }
    if (frames?.isComplete === false) throw new DamagedError('unexpected end of file');
  } finally {
    member?.destroy();
  }
}

interface Step {
  readonly blocks: readonly Buffer[];
  /** The bytes after the end of the member; undefined while it may go on. */
  readonly left?: Buffer;
  readonly problem?: DamagedError;
}

/**
 * Drives one decompressor by hand. As a link in a pipeline it would throw away what waits in its buffer when it meets
 * damage, and would overlook whatever follows the end of a member.
 */
class Member {
  readonly #engine: Transform & { readonly bytesWritten: number };
  #blocks: Buffer[] = [];
  #written = 0;

  constructor(kind: 'gzip' | 'zstd') {
    this.#engine = kind === 'gzip' ? zlib.createGunzip({ chunkSize: BLOCK_BYTES }) : createZstdDecompress();
    this.#engine.on('data', (block: Buffer) => this.#blocks.push(block));
    // What fails after its last call is of no interest.
    this.#engine.on('error', () => undefined);
  }

  async write(bytes: Buffer): Promise<Step> {
    const error = await this.#outcomeOf((done) => this.#engine.write(bytes, done));
    this.#written += bytes.length;
    const excess = this.#written - this.#engine.bytesWritten;
    return this.#step(error, excess > 0 ? bytes.subarray(bytes.length - excess) : undefined);
  }

  async end(): Promise<Step> {
    const error = await this.#outcomeOf((done) => this.#engine.once('end', done).end());
    return this.#step(error, undefined);
  }

  destroy(): void {
    this.#engine.destroy();
  }

  /** A failure is told by the event alone: the call that met it never comes back. */
  #outcomeOf(start: (done: (error?: Error | null) => void) => void): Promise<Error | null | undefined> {
    return new Promise((resolve) => {
      this.#engine.once('error', resolve);
      start((error) => {
        this.#engine.off('error', resolve);
        resolve(error);
      });
    });
  }

  #step(error: Error | null | undefined, left: Buffer | undefined): Step {
    const blocks = this.#blocks;
    this.#blocks = [];
    if (error) return { blocks, problem: new DamagedError(error.message, { cause: error }) };
    if (left === undefined) return { blocks };
    this.#engine.destroy();
    return { blocks, left };
  }
}

/** Zeros may follow a member: tapes and block devices are filled up with them. */
function withoutPadding(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1 ? bytes.subarray(bytes.length) : bytes.subarray(start);
}

/** Only called where this Node has it; the types are those of the oldest Node. */
function createZstdDecompress(): Transform & { readonly bytesWritten: number } {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  return (create as (options: object) => Transform & { readonly bytesWritten: number })({ chunkSize: BLOCK_BYTES });
}
