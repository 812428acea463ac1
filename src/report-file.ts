import { accessSync, constants, openSync, readSync, closeSync, statSync } from 'node:fs';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Summary } from './accounting/summary.js';
import { UsageError } from './errors.js';
import { readFailureKinds } from './failure-kinds.js';
import type { ReplayObserver } from './replay-options.js';
import { formatPage } from './report/page/page.js';
import { RunRecorder } from './report/page/recorder.js';
import type { Settings } from './settings.js';

export interface ReportedRun {
  readonly settings: Settings;
  /** Replays the failures file. */
  readonly retryCommand: string | undefined;
  readonly warn: (warning: string) => void;
}

/** The HTML page about a run: watches the run, and is written when it is over. */
export class ReportFile {
  readonly #recorder = new RunRecorder();
  #written: string | undefined;

  /** Throws `UsageError` where no page can be written, or something else than a page would be lost. */
  constructor(private readonly path: string) {
    const problem = whyUnwritable(path);
    if (problem !== undefined) throw new UsageError(`The report file ${path} ${problem}.`, { hint: HINT });
  }

  /** The file's path once it is written. */
  get written(): string | undefined {
    return this.#written;
  }

  /** Sees what the observer sees. */
  watchWith(observer: ReplayObserver): ReplayObserver {
    const recorder = this.#recorder;
    return {
      onStart: (look) => {
        recorder.onStart(look);
        observer.onStart?.(look);
      },
      onWarning: (warning) => {
        recorder.onWarning(warning);
        observer.onWarning?.(warning);
      },
      onJob: (topic, event) => {
        recorder.onJob(topic, event);
        observer.onJob?.(topic, event);
      },
    };
  }

  /** Watches no more; of a run that did not come to its end nothing is written. */
  stop(): void {
    this.#recorder.stop();
  }

  /**
   * Writes the page: it is there whole, or as it was before. Never rejects: where it cannot be written, that is told, and
   * the summary that is given back exits with 1 where it would have exited with 0.
   */
  async write(summary: Summary, { settings, retryCommand, warn }: ReportedRun): Promise<Summary> {
    const { run, failures_file: failuresFile } = summary;
    const history = this.#recorder.history(summary);
    try {
      const failures = failuresFile === null ? [] : await readFailureKinds(failuresFile);
      await replaceFile(this.path, formatPage({ summary, settings, history, failures, retryCommand }), run.id);
      this.#written = this.path;
      return summary;
    } catch (error) {
      warn(`The report file ${this.path} cannot be written: ${reasonOf(error)}`);
      return { ...summary, run: { ...run, exit_code: run.exit_code === 0 ? 1 : run.exit_code } };
    }
  }
}

const HINT = 'Name a file, such as report.html, in a folder that is there and can be written to.';

/** Why no page can be put there, as the end of a sentence. */
function whyUnwritable(path: string): string | undefined {
  if (path === '-') return 'cannot be standard output, which carries the summary';
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return 'is a folder';
    accessSync(found === undefined ? dirname(path) : path, constants.W_OK);
    if (found?.isFile() !== true) return undefined;
    accessSync(dirname(path), constants.W_OK);
    return found.size > 0 && !isPage(path) ? 'is there and is no HTML page; it would be lost' : undefined;
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

async function replaceFile(path: string, text: string, runId: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  // A pipe or a device is as good a place as a file, and is not to be replaced by one.
  if (found !== undefined && !found.isFile()) return writeFile(path, text);
  // What a link points to is replaced, not the link.
  const place = found === undefined ? path : await realpath(path);
  const temporary = `${place}.${runId}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', flush: true });
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
