import { check } from '../../checking/check.js';
import { loadSettings } from '../../config/load.js';
import { openFiles } from '../../input/source.js';
import { checkAnnotations } from '../../report/annotations.js';
import { checkDocument } from '../../report/check.js';
import { formatCheckJson } from '../../report/json.js';
import type { InputFlags } from '../flags.js';
import { tellResult } from '../result.js';
import { inSession } from '../session.js';
import { isPiped, type Terminal } from '../terminal.js';
import { bareTopic } from '../usage-checks.js';

/**
 * Says what a replay would do, and writes nothing. Without files only configuration and org are looked at, unless it is the dry run
 * of a replay.
 * Returns the exit status; throws `SfreplayError`.
 */
export async function runCheck(files: readonly string[], flags: InputFlags, terminal: Terminal): Promise<number> {
  const { environment, stdin } = terminal;
  const isInputMeant = files.length > 0 || flags.dryRun === true;
  const command = flags.dryRun === true ? 'sfreplay --dry-run' : 'sfreplay check';
  const input = isInputMeant ? await openFiles(files, stdin, { command }) : undefined;
  const offline = flags.offline === true;
  const { settings, warnings } = await loadSettings(flags, environment, terminal.cwd, { offline });
  const topic = bareTopic(flags, settings);
  return inSession(terminal, { progress: 'none', warnings }, async ({ warn, signals: { stopping } }) => {
    if (!isInputMeant && isPiped(stdin)) warn('Standard input was not read. To read it: sfreplay check -');
    const report = await check({ settings, input, bareTopic: topic, stopping, env: environment });
    const result = {
      document: checkDocument(report),
      json: () => formatCheckJson(report),
      annotations: () => checkAnnotations(report),
    };
    await tellResult(result, flags.json, terminal, warn);
    return report.exit_code;
  });
}
