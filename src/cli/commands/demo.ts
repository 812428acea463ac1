import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSettings } from '../../config/load.js';
import { Emulator } from '../../emulator/index.js';
import { openFiles } from '../../input/source.js';
import { replay } from '../../replay.js';
import { formatSummary } from '../../report/summary-text.js';
import { Conversation } from '../conversation.js';
import { EXIT } from '../exit-status.js';
import { composeReplayCommand } from '../replay-command.js';
import { makeRunId } from '../run-id.js';
import { listenForSignals } from '../signals.js';
import { hasColor, print, progressStyle, widthOf, type Terminal } from '../terminal.js';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/demo/', import.meta.url));

/**
 * Replays the shipped samples into an emulator of its own. Returns 0 although the demonstrated run has failures:
 * they are part of what is shown.
 */
export async function runDemo(terminal: Terminal): Promise<number> {
  const { environment, stdin, stdout, stderr } = terminal;
  const emulator = await Emulator.start({});
  const conversation = new Conversation(stderr, hasColor(stderr, environment), progressStyle('auto', terminal));
  const signals = listenForSignals(terminal.signals, (text) => conversation.warn(text));
  try {
    const { settings } = await loadSettings(
      {
        config: join(FIXTURES, 'sfreplay.yaml'),
        failures: join(mkdtempSync(join(tmpdir(), 'sfreplay-demo-')), 'failed.ndjson'),
      },
      {
        SALESFORCE_ORG_URL: emulator.url,
        SALESFORCE_CLIENT_ID: emulator.clientId,
        SALESFORCE_CLIENT_SECRET: emulator.clientSecret,
      },
      terminal.cwd,
      { offline: false },
    );
    const samples = readdirSync(FIXTURES).filter((name) => name.endsWith('.ndjson'));
    const summary = await replay({
      settings,
      input: await openFiles(
        samples.sort().map((name) => join(FIXTURES, name)),
        stdin,
      ),
      runId: makeRunId(),
      stopping: signals.stopping,
      aborting: signals.aborting,
      observer: {
        onStart: (look) => conversation.watch(look),
        onWarning: (warning) => conversation.warn(warning),
      },
    });
    conversation.end();
    const failures = summary.failures_file;
    const replayCommand = failures === null ? undefined : composeReplayCommand([], failures, undefined);
    const options = { color: hasColor(stdout, environment), width: widthOf(stdout), replayCommand };
    await print(stdout, formatSummary(summary, options));
    return summary.run.stopped === null ? EXIT.ok : summary.run.exit_code;
  } finally {
    conversation.end();
    signals.release();
    await emulator.stop();
  }
}
