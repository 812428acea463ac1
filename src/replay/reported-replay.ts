import type { NextCommands, Summary } from '../accounting/summary.js';
import { replay } from './replay.js';
import type { ReplayOptions } from './replay-options.js';

export interface ReportedSummary {
  readonly summary: Summary;
  /** Where the page about the run is; undefined where none was wanted, or none could be written. */
  readonly reportFile: string | undefined;
}

/**
 * Replays as {@link replay} does and, where the settings name a report file, writes a page about the run there: also
 * about one that failed in part or was stopped part-way. Throws `UsageError` before anything is sent where no page can
 * be written. `commandsFor` gives the commands for what is left.
 */
export async function reportedReplay(
  options: ReplayOptions,
  commandsFor: (summary: Summary) => NextCommands = () => ({ retryCommand: undefined }),
): Promise<ReportedSummary> {
  const { settings, observer = {} } = options;
  if (settings.reportFile === undefined) return { summary: await replay(options), reportFile: undefined };
  // Loaded only where it is wanted.
  const { ReportFile } = await import('./report-file.js');
  const report = new ReportFile(settings.reportFile);
  try {
    const ended = await replay({ ...options, observer: report.watchWith(observer) });
    // Its page was written when it was finished.
    if (ended.was_finished === true) return { summary: ended, reportFile: undefined };
    const warning = await report.write(ended, settings, commandsFor(ended));
    if (warning === undefined) return { summary: ended, reportFile: settings.reportFile };
    observer.onWarning?.(warning);
    return { summary: withoutPage(ended), reportFile: undefined };
  } finally {
    report.stop();
  }
}

/** Of a run whose page cannot be written: status 0 would promise the page that was asked for. */
export function withoutPage(summary: Summary): Summary {
  const { run } = summary;
  return { ...summary, run: { ...run, exit_code: run.exit_code === 0 ? 1 : run.exit_code } };
}
