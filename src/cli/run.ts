import { CommanderError } from 'commander';
import { ReplayStopped, UsageError } from '../core/errors.js';
import { EXIT, exitStatusOf } from '../core/exit-status.js';
import { readVersion } from '../core/version.js';
import { createProgram } from './program.js';
import { OUTPUT_FAILED, print, type Terminal } from './terminal.js';

const told = new Set<unknown>();

/**
 * Carries out a command line, given without the names of Node and of the program. Returns the exit status; a failure is
 * reported on the terminal and never thrown.
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  let exitStatus: number = EXIT.ok;
  try {
    const program = createProgram(terminal, readVersion(), (status) => (exitStatus = status));
    await program.parseAsync(words, { from: 'user' });
    return exitStatus;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(error, words, terminal);
    if (error.exitCode === 0) return EXIT.ok;
    // Said on standard error already.
    const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
    await printDocument(new UsageError(message, rest.length === 0 ? {} : { hint: rest.join(' ') }), words, terminal);
    return EXIT.notBegun;
  }
}

/** Reports what ended the program, once, wherever it is looked for. Returns the exit status. */
export async function reportFailure(error: unknown, words: readonly string[], terminal: Terminal): Promise<number> {
  const exitStatus = exitStatusOf(error);
  if (wasTold(error)) return exitStatus;
  const { tellError } = await import('./result.js');
  const { annotate, isOnGitHub } = await import('./ci.js');
  await tellError(error, terminal.environment.SFREPLAY_DEBUG === '1', terminal);
  await printDocument(error, words, terminal);
  if (isOnGitHub(terminal.environment)) {
    const { errorAnnotation } = await import('../report/annotations.js');
    await annotate([errorAnnotation(error)], terminal);
  }
  return exitStatus;
}

/** Where a document was asked for there is one, unless standard output is what failed. */
async function printDocument(error: unknown, words: readonly string[], terminal: Terminal): Promise<void> {
  if (error instanceof ReplayStopped && error.code === OUTPUT_FAILED) return;
  const end = words.indexOf('--');
  if (!(end < 0 ? words : words.slice(0, end)).includes('--json')) return;
  const { formatErrorJson } = await import('../report/json.js');
  const { forLog } = await import('./ci.js');
  await print(terminal.stdout, forLog(formatErrorJson(error), terminal.environment, 'json')).catch(() => undefined);
}

/** A failed write reaches us twice: from whoever wrote, and from the stream. */
function wasTold(error: unknown): boolean {
  const root = error instanceof ReplayStopped ? (error.cause ?? error) : error;
  const isKnown = told.has(root);
  told.add(root);
  return isKnown;
}
