import { Chalk, type ChalkInstance } from 'chalk';

/** The 16 colours that follow the user's terminal theme, or none. Whether there is colour was decided by the caller. */
export type Paint = ChalkInstance;

const coloured = new Chalk({ level: 1 });
const plain = new Chalk({ level: 0 });

export function paintFor(color: boolean): Paint {
  return color ? coloured : plain;
}
