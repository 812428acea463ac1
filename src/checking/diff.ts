import { AppendFile } from '../accounting/files.js';
import type { DiffReport } from '../accounting/diff-report.js';
import type { ProgressSnapshot } from '../accounting/progress.js';
import type { Settings } from '../core/settings.js';
import { withDiff } from '../input/own-lines.js';
import type { Input } from '../input/input.js';
import { asPreflightError, preflight } from '../replay/preflight.js';
import type { SalesforceClient } from '../salesforce/client.js';
import { openClient } from '../salesforce/client.js';
import { readsAtOnce } from '../writers/present-values.js';
import { DumpComparison } from './dump-comparison.js';

interface DiffOptions {
  readonly settings: Settings;
  readonly input: Input;
  /** Set when the lines are bare records, all of this topic. */
  readonly bareTopic?: string | undefined;
  /** Where the lines go that make the org equal. */
  readonly out?: string | undefined;
  readonly runId: string;
  readonly stopping: AbortSignal;
  /** Read for `HTTPS_PROXY`, `NO_PROXY` and `NODE_EXTRA_CA_CERTS`; what the Salesforce CLI runs in. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly observer: {
    readonly onStart: (look: () => ProgressSnapshot) => void;
    readonly onWarning: (warning: string) => void;
  };
}

/**
 * Compares the input with what the org holds; writes nothing but the file of lines that differ. Throws `PreflightError` where
 * the comparison cannot be made, and the reason of `stopping`.
 */
export async function diff(options: DiffOptions): Promise<DiffReport> {
  const { settings, stopping, env = {} } = options;
  const client = openClient(settings, env);
  try {
    return await compare(options, client);
  } catch (error) {
    throw asPreflightError(error, stopping);
  } finally {
    await client.close();
  }
}

async function compare(options: DiffOptions, client: SalesforceClient): Promise<DiffReport> {
  const { settings, input, bareTopic, stopping, observer, runId } = options;
  const startedAtMs = Date.now();
  const { signedIn, plans, ...asked } = await preflight(settings, client, stopping);
  const { username, userId } = asked.identity;
  const reading = { client, signal: stopping, callsAtOnce: readsAtOnce(settings) };
  const dump = new DumpComparison({ settings, plans, bareTopic, command: input.command, reading });
  observer.onStart(() => dump.look(input, Date.now() - startedAtMs));
  try {
    await dump.compare(input, stopping);
    const out = await writeOut(dump, options);
    for (const warning of dump.warnings()) observer.onWarning(warning);
    const { calls, retries, used, limit } = client.usage;
    return {
      run: {
        id: runId,
        started_at: new Date(startedAtMs).toISOString(),
        duration_ms: Date.now() - startedAtMs,
        exit_code: dump.exitCode,
        stopped: null,
      },
      org: { url: settings.org?.orgUrl ?? signedIn.instanceUrl, user: username ?? userId },
      input: dump.account.inputSummary(input, settings),
      ...dump.report(),
      api: { calls, retries, used, limit },
      out,
    };
  } finally {
    await dump.remove();
  }
}

/** In the order of the input. Its path, or null where no line is needed or wanted. */
async function writeOut(dump: DumpComparison, { out, observer, stopping }: DiffOptions): Promise<string | null> {
  if (out === undefined) return null;
  const file = new AppendFile(out, 'differences', observer.onWarning);
  try {
    // What an earlier comparison found must not pass for this one's.
    await file.setAside();
    for await (const piece of dump.neededLines()) {
      stopping.throwIfAborted();
      if (piece.length > 0)
        await file.append(piece.map(({ text, action, insertKey }) => withDiff(text, action, insertKey)));
    }
    return file.bytes > 0 ? out : null;
  } finally {
    await file.close();
  }
}
