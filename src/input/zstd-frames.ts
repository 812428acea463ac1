/** Magic number and what follows of it; RFC 8878, section 3.1. */
const FRAME = 0xfd2fb528;
const SKIPPABLE_FRAME = 0x184d2a50;
const RUN_LENGTH_BLOCK = 1;

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
