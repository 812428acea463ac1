import type { NextCommands, Summary } from '../accounting/summary.js';
import { readFailureKinds } from './failure-kinds.js';
import { reasonOf, refuseNoPage, replaceFile } from './page-file.js';
import type { ReplayObserver } from './replay-options.js';
import { formatPage } from '../report/page/page.js';
import { RunRecorder } from '../report/page/recorder.js';
import type { Settings } from '../core/settings.js';

export interface ReportedRun extends NextCommands {
  readonly settings: Settings;
  readonly warn: (warning: string) => void;
}

/** The HTML page about a run: watches the run, and is written when it is over. */
export class ReportFile {
  readonly #recorder = new RunRecorder();
  #written: string | undefined;

  /** Throws `UsageError` where no page can be written, or something else than a page would be lost. */
  constructor(private readonly path: string) {
    refuseNoPage(path);
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
  async write(summary: Summary, { settings, warn, ...commands }: ReportedRun): Promise<Summary> {
    const { run, failures_file: failuresFile } = summary;
    const history = this.#recorder.history(summary);
    try {
      const failures = failuresFile === null ? [] : await readFailureKinds(failuresFile);
      await replaceFile(this.path, formatPage({ summary, settings, history, failures, ...commands }), run.id);
      this.#written = this.path;
      return summary;
    } catch (error) {
      warn(`The report file ${this.path} cannot be written: ${reasonOf(error)}`);
      return { ...summary, run: { ...run, exit_code: run.exit_code === 0 ? 1 : run.exit_code } };
    }
  }
}
