import { exitStatusOf } from '../core/exit-status.js';
import { reportFailure, run } from './run.js';
import { isClosedPipe, outputFailure, type Terminal } from './terminal.js';

const words = process.argv.slice(2);
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

const exitStatus = await run(words, terminal);
process.exitCode ??= exitStatus;

async function fail(error: unknown): Promise<void> {
  process.exitCode = exitStatusOf(error);
  await reportFailure(error, words, terminal);
}
