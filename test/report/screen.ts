import { Writable } from 'node:stream';

/** A small terminal: keeps what a person would see, and every write. Lines that are too long wrap, and a narrower window wraps them anew. */
export class Screen extends Writable {
  readonly isTTY = true;
  readonly writes: string[] = [];
  columns: number;
  rows = 24;
  isCursorShown = true;
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    super({ decodeStrings: false });
    this.columns = columns;
  }

  get text(): string[] {
    const lines = this.#lines.map((line) => line.trimEnd());
    while (lines.length > 1 && lines.at(-1) === '') lines.pop();
    return lines;
  }

  cursorTo(column: number): boolean {
    return this.write(`\u001B[${column + 1}G`);
  }

  moveCursor(_columns: number, rows: number): boolean {
    return this.write(`\u001B[${-rows}A`);
  }

  clearLine(): boolean {
    return this.write('\u001B[K');
  }

  resize(columns: number): void {
    const shown = columns || this.columns;
    const wrapped = (lines: readonly string[]): string[] =>
      lines.flatMap((line) => line.trimEnd().match(new RegExp(`.{1,${shown}}`, 'gu')) ?? ['']);
    this.columns = columns;
    this.#row = wrapped(this.#lines.slice(0, this.#row)).length + Math.floor(this.#column / shown);
    this.#column %= shown;
    this.#lines = wrapped(this.#lines);
    this.emit('resize');
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(chunk);
    // eslint-disable-next-line no-control-regex
    for (const token of chunk.match(/\u001B\[[?\d;]*[A-Za-z]|[^\u001B]/gu) ?? []) this.#obey(token);
    done();
  }

  #obey(token: string): void {
    const line = this.#lines[this.#row] ?? '';
    if (token === '\r') this.#column = 0;
    else if (token === '\n') this.#nextRow();
    else if (token === '\u001B[1G') this.#column = 0;
    else if (token === '\u001B[K') this.#lines[this.#row] = line.slice(0, this.#column);
    else if (token === '\u001B[J') {
      this.#lines[this.#row] = line.slice(0, this.#column);
      this.#lines.length = this.#row + 1;
    } else if (token === '\u001B[?25l' || token === '\u001B[?25h') this.isCursorShown = token.endsWith('h');
    // eslint-disable-next-line no-control-regex
    else if (token.startsWith('\u001B[?2026') || /^\u001B\[[\d;]*m$/u.test(token)) return;
    // eslint-disable-next-line no-control-regex
    else if (/^\u001B\[\d+A$/u.test(token)) this.#row = Math.max(0, this.#row - Number(token.slice(2, -1)));
    else if (token.startsWith('\u001B')) throw new Error(`unknown control sequence ${JSON.stringify(token)}`);
    else this.#put(token);
  }

  #put(character: string): void {
    if (this.columns > 0 && this.#column >= this.columns) this.#nextRow();
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column += 1;
  }

  #nextRow(): void {
    this.#row += 1;
    this.#column = 0;
    this.#lines[this.#row] ??= '';
  }
}
