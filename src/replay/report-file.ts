import type { NextCommands, Summary } from '../accounting/summary.js';
import { readFailureKinds } from './failure-kinds.js';
import type { ReplayObserver } from './replay-options.js';
import { formatPage } from '../report/page/run-page.js';
import { RunRecorder } from '../report/page/recorder.js';
import type { Settings } from '../core/settings.js';
import { accessSync, constants, openSync, readSync, closeSync, statSync } from 'node:fs';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reasonOf } from '../core/unknown.js';
import { UsageError } from '../core/errors.js';
import { whyUnwritable } from '../core/output-file.js';

/** The HTML page about a run: watches the run, and is written when it is over. */
export class ReportFile {
  readonly #recorder = new RunRecorder();

  /** Throws `UsageError` where no page can be written, or something else than a page would be lost. */
  constructor(private readonly path: string) {
    refuseNoPage(path);
  }

  /** Sees what the observer sees. */
  watchWith(observer: ReplayObserver): ReplayObserver {
    const both: readonly ReplayObserver[] = [this.#recorder, observer];
    return {
      onStart: (look) => both.forEach((one) => one.onStart?.(look)),
      onWarning: (warning) => both.forEach((one) => one.onWarning?.(warning)),
      onJob: (topic, event) => both.forEach((one) => one.onJob?.(topic, event)),
    };
  }

  /** Watches no more; of a run that did not come to its end nothing is written. */
  stop(): void {
    this.#recorder.stop();
  }

  /**
   * Writes the page: it is there whole, or as it was before. Never rejects: gives a warning where it cannot be written.
   */
  async write(summary: Summary, settings: Settings, commands: NextCommands): Promise<string | undefined> {
    const { run, failures_file: failuresFile } = summary;
    const history = this.#recorder.history(summary);
    return writePage(this.path, run.id, async () => {
      const failures = failuresFile === null ? [] : await readFailureKinds(failuresFile);
      return formatPage({ summary, settings, history, failures, ...commands });
    });
  }
}

/** Throws `UsageError` where no page can be written, or something else than a page would be lost. */
export function refuseNoPage(path: string): void {
  const problem = whyUnwritable(path) ?? whyIrreplaceable(path);
  if (problem !== undefined) throw new UsageError(`The report file ${path} ${problem}.`, { hint: HINT });
}

const HINT = 'Name a file in a folder that exists and can be written to.';

/** Why no page can replace what is there, as the end of a sentence. */
function whyIrreplaceable(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true) return undefined;
    accessSync(dirname(path), constants.W_OK);
    return found.size > 0 && !isPage(path) ? 'exists and is not an HTML page; it would be overwritten' : undefined;
  } catch (error) {
    return `cannot be written: ${reasonOf(error)}`;
  }
}

function isPage(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(100);
    readSync(file, start);
    return /^\uFEFF?\s*(?:<!doctype html|<html)\b/i.test(start.toString());
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a page and writes it: the file is there whole, or as it was before. Never rejects: gives a warning where that fails.
 */
export async function writePage(
  path: string,
  runId: string,
  make: () => string | Promise<string>,
): Promise<string | undefined> {
  try {
    await replaceFile(path, await make(), runId);
    return undefined;
  } catch (error) {
    return `The report file ${path} cannot be written: ${reasonOf(error)}`;
  }
}

async function replaceFile(path: string, text: string, runId: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  // A pipe or a device is as good a place as a file, and is not to be replaced by one.
  if (found !== undefined && !found.isFile()) return writeFile(path, text);
  // What a link points to is replaced, not the link.
  const place = found === undefined ? path : await realpath(path);
  const temporary = `${place}.${runId}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', flush: true, mode: 0o600 });
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
