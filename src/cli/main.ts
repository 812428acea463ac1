import { CommanderError } from 'commander';
import { ReplayStopped, UsageError } from '../core/errors.js';
import { EXIT, exitStatusOf } from '../core/exit-status.js';
import { createProgram } from './program.js';
import { readVersion } from '../core/version.js';
import { isClosedPipe, outputFailure, print, type Terminal } from './terminal.js';

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
    if (!(error instanceof CommanderError)) await fail(error);
    else if (error.exitCode === 0) process.exitCode = EXIT.ok;
    else {
      process.exitCode = EXIT.notBegun;
      // Said on standard error already.
      const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
      await printDocument(new UsageError(message, rest.length === 0 ? {} : { hint: rest.join(' ') }));
    }
  }
}

async function fail(error: unknown): Promise<void> {
  process.exitCode = exitStatusOf(error);
  if (wasTold(error)) return;
  const { tellError } = await import('./result.js');
  const { annotate, isOnGitHub } = await import('./ci.js');
  await tellError(error, terminal.environment.SFREPLAY_DEBUG === '1', terminal);
  await printDocument(error);
  if (!isOnGitHub(terminal.environment)) return;
  const { errorAnnotation } = await import('../report/annotations.js');
  await annotate([errorAnnotation(error)], terminal);
}

/** Where a document was asked for there is one, unless standard output is what failed. */
async function printDocument(error: unknown): Promise<void> {
  const words = process.argv.slice(2);
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
