import type { Random } from '../random.js';

const LINES_PER_BLOCK = 10_000;

/** One of a job's result files: lines arrive as rows are worked on and leave in another order. */
export class ResultFile {
  readonly #random: Random;
  readonly #lineEnd: string;
  #header = '';
  #lines: string[] = [];
  #blocks: Buffer[] = [];

  constructor(random: Random, lineEnd: string) {
    this.#random = random;
    this.#lineEnd = lineEnd;
  }

  set header(header: string) {
    this.#header = header;
  }

  /** @param line without its line end */
  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= LINES_PER_BLOCK) this.#flush();
  }

  /** A piece of the uploaded file as it was, line ends included. */
  addRaw(bytes: Buffer): void {
    this.#blocks.push(bytes);
  }

  /** No more lines come: mixes the blocks. */
  seal(): void {
    this.#flush();
    this.#blocks = this.#random.shuffled(this.#blocks);
  }

  chunks(): Buffer[] {
    return this.#header === '' ? this.#blocks : [Buffer.from(this.#header + this.#lineEnd), ...this.#blocks];
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    this.#blocks.push(Buffer.from(this.#random.shuffled(this.#lines).join(this.#lineEnd) + this.#lineEnd));
    this.#lines = [];
  }
}
