import type { NextCommands, Summary } from '../accounting/summary.js';
import { readFailureKinds } from './failure-kinds.js';
import { refuseNoPage, writePage } from './page-file.js';
import type { ReplayObserver } from './replay-options.js';
import { formatPage } from '../report/page/run-page.js';
import { RunRecorder } from '../report/page/recorder.js';
import type { Settings } from '../core/settings.js';

/** The HTML page about a run: watches the run, and is written when it is over. */
export class ReportFile {
  readonly #recorder = new RunRecorder();

  /** Throws `UsageError` where no page can be written, or something else than a page would be lost. */
  constructor(private readonly path: string) {
    refuseNoPage(path);
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
