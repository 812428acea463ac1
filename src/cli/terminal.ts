import { fstatSync } from 'node:fs';
import { ReplayStopped } from '../core/errors.js';
import type { SignalSource } from './signals.js';

/** What the program was started with: the process, as far as commands may touch it. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signals: SignalSource;
}

export type ProgressChoice = 'auto' | 'spinner' | 'plain' | 'none';

/** The code of a failed write to standard output. */
export const OUTPUT_FAILED = 'OUTPUT_FAILED';

const WIDTH_OF_A_FILE = 120;

/** Whether to colour what goes to a stream: as FORCE_COLOR says, else as NO_COLOR says, else on terminals. */
export function hasColor(stream: NodeJS.WriteStream, environment: Terminal['environment']): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = environment;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (no !== undefined && no !== '') return false;
  return stream.isTTY && term !== 'dumb';
}

/** Columns for tables; what is no terminal is as wide as a table likes to be. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || 80 : WIDTH_OF_A_FILE;
}

/** How progress is shown: spinners where they can be redrawn, plain lines elsewhere and in the logs of CI systems. */
export function progressStyle(choice: ProgressChoice, terminal: Terminal): 'spinner' | 'plain' | 'none' {
  if (choice !== 'auto') return choice;
  const { TERM: term, CI: ci = '' } = terminal.environment;
  // Some CI systems give their jobs a terminal, which nobody watches.
  const isLogged = term === 'dumb' || !['', '0', 'false'].includes(ci);
  return terminal.stderr.isTTY && !isLogged ? 'spinner' : 'plain';
}

/**
 * Writes the whole text and waits until the stream has taken it. A reader that has gone away, as with `| head -1`, is no
 * error. Rejects with a `ReplayStopped` otherwise, with the stream's error as its cause.
 */
export function print(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error == null || isClosedPipe(error)) resolve();
      else reject(outputFailure(error));
    });
  });
}

export function isClosedPipe(error: Error): boolean {
  return codeOf(error) === 'EPIPE' || codeOf(error) === 'ERR_STREAM_DESTROYED';
}

export function outputFailure(error: Error): ReplayStopped {
  const reason = codeOf(error) === 'ENOSPC' ? 'no space is left on the device' : error.message;
  return new ReplayStopped(OUTPUT_FAILED, `Cannot write to standard output: ${reason}.`, { cause: error });
}

/** Was something piped in, or put in by `<`? */
export function isPiped({ fd }: Terminal['stdin'] & { readonly fd?: number }): boolean {
  try {
    const found = fstatSync(fd ?? -1);
    return found.isFIFO() || found.isSocket() || (found.isFile() && found.size > 0);
  } catch {
    return false;
  }
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}
