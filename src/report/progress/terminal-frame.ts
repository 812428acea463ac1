import { Writable } from 'node:stream';
import { widthOf } from '../text-width.js';

/**
 * The terminal as ora sees it. ora erases its last frame line by line, each step a write of its own, and counts the rows by the width that
 * the window had then; the eye sees that as flicker, and a window made narrower keeps remains. Here each frame is one write that goes over
 * the last one, and rows are counted by the width that the window has now.
 */
export class TerminalFrame extends Writable {
  readonly isTTY = true;
  readonly #terminal: NodeJS.WriteStream;
  /** As it was before ora put its own in place to hear of other people's writes. */
  readonly #write: (text: string) => boolean;
  #frame = '';
  #isRendering = false;

  constructor(terminal: NodeJS.WriteStream) {
    // Never full: where the terminal is, frames are skipped, not queued.
    super({ decodeStrings: false, highWaterMark: Number.MAX_SAFE_INTEGER });
    this.#terminal = terminal;
    const write = terminal.write.bind(terminal);
    this.#write = (text) => write(text);
  }

  get columns(): number {
    return this.#terminal.columns || 80;
  }

  get rows(): number {
    return this.#terminal.rows || 24;
  }

  /** Prints whole lines that stay, above the frame. */
  printAbove(lines: string): void {
    this.#write(synchronized(`${this.#toTop()}${eraseBelow}${lines}\n${this.#frame}\r`));
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    if (chunk === beginSynchronized) this.#isRendering = true;
    else if (chunk === endSynchronized) this.#isRendering = false;
    else if (chunk === hideCursor || chunk === showCursor) this.#write(chunk);
    else this.#draw(chunk);
    done();
  }

  /** The first step of ora's erasing. Before a new frame there is nothing to do, since that goes over the old one. */
  cursorTo(): boolean {
    if (!this.#isRendering && this.#frame !== '') {
      this.#write(this.#toTop() + eraseBelow);
      this.#frame = '';
    }
    return true;
  }

  moveCursor(): boolean {
    return true;
  }

  clearLine(): boolean {
    return true;
  }

  #draw(frame: string): void {
    if (this.#terminal.writableNeedDrain) return;
    const overwritten = frame.split('\n').join(`${eraseRight}\n`);
    this.#write(synchronized(`${this.#toTop()}${overwritten}${eraseBelow}\r`));
    this.#frame = frame;
  }

  /**
   * From the start of the frame's last line, where the cursor is left: the `^C` that a terminal writes there cannot wrap, and a terminal that
   * wraps lines anew for a new width takes the cursor along.
   */
  #toTop(): string {
    if (this.#frame === '') return '';
    const rows = this.#frame
      .split('\n')
      .slice(0, -1)
      .reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / this.columns)), 0);
    return rows > 0 ? `\r\u001B[${rows}A` : '\r';
  }
}

// Terminals that know these show what stands between them at once; the others pass over them.
const beginSynchronized = '\u001B[?2026h';
const endSynchronized = '\u001B[?2026l';
const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';
const eraseRight = '\u001B[K';
const eraseBelow = '\u001B[J';

function synchronized(text: string): string {
  return beginSynchronized + text + endSynchronized;
}
