import { fstatSync, statSync, type Stats } from 'node:fs';
import { UsageError } from '../errors.js';
import type { Settings } from '../settings.js';

/**
 * Refuses to write over what is being read, or two outputs into one file. Throws `UsageError`.
 * Devices may be shared: `/dev/null` twice does no harm.
 */
export function refuseOverwriting(inputs: readonly string[], settings: Settings): void {
  const { failuresFile, successesFile } = settings;
  const outputs = [
    { path: failuresFile, name: 'failures file' },
    { path: successesFile, name: 'successes file' },
  ];
  for (const { path, name } of outputs) {
    const input = path === undefined ? undefined : inputs.find((one) => isSameFile(one, path));
    if (path === undefined || input === undefined) continue;
    const read = input === '-' ? 'standard input' : input;
    throw new UsageError(`The ${name} ${path} is being read as ${read}; writing it would destroy the input.`, {
      hint: `Give another ${name}.`,
    });
  }
  if (failuresFile !== undefined && successesFile !== undefined) {
    if (failuresFile === successesFile || isSameFile(failuresFile, successesFile)) {
      if (isDevice(failuresFile)) return;
      throw new UsageError(`Failures and successes are both to be written to ${failuresFile}.`, {
        hint: 'Give each a file of its own.',
      });
    }
  }
}

function isSameFile(one: string, other: string): boolean {
  const [first, second] = [stats(one), stats(other)];
  if (first?.isFile() !== true || second?.isFile() !== true) return false;
  return first.dev === second.dev && first.ino === second.ino;
}

function isDevice(path: string): boolean {
  const found = stats(path);
  return found !== undefined && !found.isFile();
}

function stats(path: string): Stats | undefined {
  try {
    return path === '-' ? fstatSync(0) : statSync(path);
  } catch {
    return undefined;
  }
}
