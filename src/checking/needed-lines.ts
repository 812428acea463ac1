import type { DiffAction } from '../input/diff-member.js';

const ACTIONS: readonly (DiffAction | undefined)[] = [undefined, 'create', 'update', 'delete'];

/** Which of all lines are needed, and for what: two bits a line. */
export class NeededLines {
  #bits = new Uint8Array(1024);
  count = 0;

  add(place: number, action: DiffAction): void {
    const at = place >> 2;
    if (at >= this.#bits.length) {
      const longer = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      longer.set(this.#bits);
      this.#bits = longer;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (ACTIONS.indexOf(action) << ((place & 3) * 2));
    this.count++;
  }

  actionOf(place: number): DiffAction | undefined {
    return ACTIONS[((this.#bits[place >> 2] ?? 0) >> ((place & 3) * 2)) & 3];
  }
}
