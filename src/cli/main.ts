import { CommanderError } from 'commander';
import { ReplayStopped } from '../errors.js';
import { EXIT, exitStatusOf } from './exit-status.js';
import { createProgram } from './program.js';
import { readVersion } from '../version.js';
import { hasColor, isClosedPipe, outputFailure, print, type Terminal } from './terminal.js';

const told = new Set<unknown>();
const terminal: Terminal = {
  // Looked at only where it is read: touching it opens it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  cwd: process.cwd(),
  signals: process,
};

process.stdout.on('error', (error: Error) => {
  if (!isClosedPipe(error)) void fail(outputFailure(error));
});
// Nobody is left to be told.
process.stderr.on('error', () => undefined);
process.on('uncaughtException', (error) => {
  void fail(error).finally(() => process.exit());
});

await main();

async function main(): Promise<void> {
  try {
    const program = createProgram(terminal, readVersion(), (status) => {
      process.exitCode = status;
    });
    await program.parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.notBegun;
    else await fail(error);
  }
}

async function fail(error: unknown): Promise<void> {
  process.exitCode = exitStatusOf(error);
  if (wasTold(error)) return;
  const { formatError } = await import('../report/error-text.js');
  const { annotate, forLog, isOnGitHub } = await import('./ci.js');
  const { stderr, environment } = terminal;
  const debug = environment.SFREPLAY_DEBUG === '1';
  const text = formatError(error, { color: hasColor(stderr, environment), debug });
  await print(stderr, forLog(text, environment));
  if (!isOnGitHub(environment)) return;
  const { errorAnnotation } = await import('../report/annotations.js');
  await annotate([errorAnnotation(error)], terminal);
}

/** A failed write reaches us twice: from whoever wrote, and from the stream. */
function wasTold(error: unknown): boolean {
  const root = error instanceof ReplayStopped ? (error.cause ?? error) : error;
  const isKnown = told.has(root);
  told.add(root);
  return isKnown;
}
