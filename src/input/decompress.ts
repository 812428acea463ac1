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
          const left = yield* member.write(rest);
          if (left === undefined) break;
          member.destroy();
          member = undefined;
          rest = left;
        }
      }
    }
    yield* member?.end() ?? [];
    if (frames?.isComplete === false) throw new DamagedError('unexpected end of file');
  } finally {
    member?.destroy();
  }
}

type Engine = Transform & { readonly bytesWritten: number };

/**
 * Drives one decompressor by hand. As a link in a pipeline it would throw away what waits in its buffer when it meets
 * damage, and would overlook whatever follows the end of a member.
 */
class Member {
  readonly #engine: Engine;
  #blocks: Buffer[] = [];
  #written = 0;

  constructor(kind: 'gzip' | 'zstd') {
    this.#engine = kind === 'gzip' ? zlib.createGunzip({ chunkSize: BLOCK_BYTES }) : createZstdDecompress();
    this.#engine.on('data', (block: Buffer) => this.#blocks.push(block));
    // What fails after its last call is of no interest.
    this.#engine.on('error', () => undefined);
  }

  /** Returns the bytes after the end of the member; undefined while it may go on. */
  async *write(bytes: Buffer): AsyncGenerator<Buffer, Buffer | undefined> {
    yield* this.#blocksOf((done) => this.#engine.write(bytes, done));
    this.#written += bytes.length;
    const excess = this.#written - this.#engine.bytesWritten;
    return excess > 0 ? bytes.subarray(bytes.length - excess) : undefined;
  }

  end(): AsyncGenerator<Buffer> {
    return this.#blocksOf((done) => this.#engine.once('end', done).end());
  }

  destroy(): void {
    this.#engine.destroy();
  }

  /** What a call gives, and then its failure, which is told by the event alone: the call that met it never comes back. */
  async *#blocksOf(start: (done: (error?: Error | null) => void) => void): AsyncGenerator<Buffer> {
    const error = await new Promise<Error | null | undefined>((resolve) => {
      this.#engine.once('error', resolve);
      start((problem) => {
        this.#engine.off('error', resolve);
        resolve(problem);
      });
    });
    yield* this.#blocks.splice(0);
    if (error) throw new DamagedError(error.message, { cause: error });
  }
}

/** Zeros may follow a member: tapes and block devices are filled up with them. */
function withoutPadding(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(start === -1 ? bytes.length : start);
}

/** Only called where this Node has it; the types are those of the oldest Node. */
function createZstdDecompress(): Engine {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  return (create as (options: object) => Engine)({ chunkSize: BLOCK_BYTES });
}

/**
 * Follows the outline of a zstd stream, frame by frame and block by block, to know whether it is complete: Node's
 * decompressor takes a stream that is cut off for one that has ended.
 */
export class ZstdFrames {
  readonly #parts = outline();
  /** Undefined where what follows is no zstd; the decompressor has its own opinion of that. */
  #part = this.#parts.next().value;
  #held: Buffer = Buffer.alloc(0);
  #missing = 4;

  /** Whether the stream may end here. */
  get isComplete(): boolean {
    return this.#part === undefined || (this.#part.kind === 'magic' && this.#held.length === 0);
  }

  push(bytes: Buffer): void {
    let rest = bytes;
    while (this.#part !== undefined && (rest.length > 0 || this.#missing === 0)) {
      const taken = rest.subarray(0, this.#missing);
      rest = rest.subarray(taken.length);
      this.#missing -= taken.length;
      if (this.#part.kind !== 'content') this.#held = Buffer.concat([this.#held, taken]);
      if (this.#missing > 0) return;
      this.#part = this.#parts.next(this.#held).value ?? undefined;
      this.#held = Buffer.alloc(0);
      this.#missing = this.#part?.bytes ?? 0;
    }
  }
}

/** So many bytes: a frame's first ones, others that tell what comes, or what is passed over. */
interface Part {
  readonly kind: 'magic' | 'header' | 'content';
  readonly bytes: number;
}

/** The parts of a stream. The bytes of each that is not content are handed in for the next. */
function* outline(): Generator<Part, undefined, Buffer> {
  for (;;) {
    const magic = (yield { kind: 'magic', bytes: 4 }).readUInt32LE();
    if (((magic ^ SKIPPABLE_FRAME) & ~0xf) === 0) {
      const size = (yield { kind: 'header', bytes: 4 }).readUInt32LE();
      yield { kind: 'content', bytes: size };
      continue;
    }
    if (magic !== FRAME) return undefined;
    const descriptor = (yield { kind: 'header', bytes: 1 }).readUInt8();
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const contentSizeFlag = descriptor >> 6;
    const contentSizeBytes = contentSizeFlag === 0 ? Number(isSingleSegment) : 1 << contentSizeFlag;
    const dictionaryFlag = descriptor & 3;
    const dictionaryBytes = dictionaryFlag === 3 ? 4 : dictionaryFlag;
    yield { kind: 'content', bytes: Number(!isSingleSegment) + dictionaryBytes + contentSizeBytes };
    for (let isLast = false; !isLast;) {
      const header = (yield { kind: 'header', bytes: 3 }).readUIntLE(0, 3);
      isLast = (header & 1) !== 0;
      yield { kind: 'content', bytes: ((header >> 1) & 3) === RUN_LENGTH_BLOCK ? 1 : header >> 3 };
    }
    // A checksum.
    yield { kind: 'content', bytes: (descriptor & 4) === 0 ? 0 : 4 };
  }
}
