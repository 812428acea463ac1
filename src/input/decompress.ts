import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

/** Compressed bytes that cannot be decompressed, or that end too soon. */
export class DamagedError extends Error {}

/** Bounds what one step can decompress to: deflate makes at most about a thousand bytes of one. */
const SLICE_BYTES = 32 * 1024;
const BLOCK_BYTES = 64 * 1024;
/** Magic number and what follows of it; RFC 8878, section 3.1. */
const FRAME = 0xfd2fb528;
const SKIPPABLE_FRAME = 0x184d2a50;
const RUN_LENGTH_BLOCK = 1;

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

/**
 * Follows the outline of a zstd stream, frame by frame and block by block, to know whether it is complete: Node's
 * decompressor takes a stream that is cut off for one that has ended.
 */
export class ZstdFrames {
  #held: number[] = [];
  /** So many bytes are gathered in `#held` before `#next` looks at them. */
  #wanted = 4;
  #next: (bytes: Buffer) => void = this.#readMagic.bind(this);
  #toSkip = 0;
  #isBetweenFrames = true;
  /** What follows is no zstd; the decompressor has its own opinion of that. */
  #isLost = false;
  #hasChecksum = false;

  /** Whether the stream may end here. */
  get isComplete(): boolean {
    return this.#isLost || (this.#isBetweenFrames && this.#toSkip === 0 && this.#held.length === 0);
  }

  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && !this.#isLost;) {
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, bytes.length - at);
        this.#toSkip -= skipped;
        at += skipped;
        continue;
      }
      this.#held.push(bytes.readUInt8(at++));
      if (this.#held.length < this.#wanted) continue;
      const gathered = Buffer.from(this.#held);
      this.#held = [];
      this.#next(gathered);
    }
  }

  #expect(bytes: number, next: (bytes: Buffer) => void): void {
    this.#wanted = bytes;
    this.#next = next.bind(this);
  }

  #readMagic(bytes: Buffer): void {
    const magic = bytes.readUInt32LE();
    this.#isBetweenFrames = false;
    if (magic === FRAME) this.#expect(1, this.#readDescriptor);
    else if (((magic ^ SKIPPABLE_FRAME) & ~0xf) === 0) this.#expect(4, this.#readSkippableSize);
    else this.#isLost = true;
  }

  #readSkippableSize(bytes: Buffer): void {
    this.#toSkip = bytes.readUInt32LE();
    this.#endFrame();
  }

  #readDescriptor(bytes: Buffer): void {
    const descriptor = bytes.readUInt8();
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const contentSizeFlag = descriptor >> 6;
    const contentSizeBytes = contentSizeFlag === 0 ? Number(isSingleSegment) : 1 << contentSizeFlag;
    const dictionaryFlag = descriptor & 3;
    const dictionaryBytes = dictionaryFlag === 3 ? 4 : dictionaryFlag;
    this.#hasChecksum = (descriptor & 4) !== 0;
    this.#toSkip = Number(!isSingleSegment) + dictionaryBytes + contentSizeBytes;
    this.#expect(3, this.#readBlockHeader);
  }

  #readBlockHeader(bytes: Buffer): void {
    const header = bytes.readUIntLE(0, 3);
    const isLast = (header & 1) !== 0;
    this.#toSkip = ((header >> 1) & 3) === RUN_LENGTH_BLOCK ? 1 : header >> 3;
    if (!isLast) return;
    if (this.#hasChecksum) this.#toSkip += 4;
    this.#endFrame();
  }

  #endFrame(): void {
    this.#isBetweenFrames = true;
    this.#expect(4, this.#readMagic);
  }
}
