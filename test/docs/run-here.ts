import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { createProgram } from '../../src/cli/program.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { formatError } from '../../src/report/error-text.js';

export interface HereOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Standard input is a terminal. */
  readonly isTyped: boolean;
}

/**
 * Runs sfreplay in this process, many times faster than in one of its own, and gives all that it prints, on one line.
 * For what is printed alone: how the program ends is for tests of the executable.
 */
export async function runHere(words: readonly string[], { cwd, environment, isTyped }: HereOptions): Promise<string> {
  let text = '';
  const output = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const terminal = {
    stdin: Object.assign(Readable.from([]), { isTTY: isTyped }),
    ...{ stdout: output, stderr: output, signals: new EventEmitter() },
    ...{ cwd, environment: { NO_COLOR: '1', ...environment } },
  } as unknown as Terminal;
  const before = process.cwd();
  process.chdir(cwd);
  try {
    await createProgram(terminal, '0.0.0', () => undefined).parseAsync(words, { from: 'user' });
  } catch (error) {
    text += formatError(error, { color: false, debug: false });
  } finally {
    process.chdir(before);
  }
  return text.replaceAll(/\s+/g, ' ');
}
