import type { Allowance, CheckedOrg, CheckReport } from '../accounting/check-report.js';
import { DryRun, type OrgFacts } from './dry-run.js';
import type { Input } from '../input/input.js';
import { openClient } from '../salesforce/client.js';
import { asPreflightError, preflight } from '../replay/preflight.js';
import type { SalesforceClient } from '../salesforce/client.js';
import { RequestError } from '../salesforce/errors.js';
import { readLimits, type Limit, type Limits } from '../salesforce/limits.js';
import { SIGN_IN_NAMES, type Settings } from '../core/settings.js';
import { FieldPlan } from '../records/field-plan.js';

interface CheckOptions {
  /** Without an org (`--offline`) there is no sign-in and no describe. */
  readonly settings: Settings;
  /** Undefined: only the configuration and the org are looked at. */
  readonly input: Input | undefined;
  /** Set when the lines are bare records, all of this topic. */
  readonly bareTopic?: string | undefined;
  readonly stopping?: AbortSignal;
  /** Read for `HTTPS_PROXY`, `NO_PROXY` and `NODE_EXTRA_CA_CERTS`; what the Salesforce CLI runs in. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The way of a replay without its writes: what would be sent, dropped and rejected, by whom, and what it would cost.
 * Throws `PreflightError`, also for an input that breaks off, and the reason of `stopping`.
 */
export async function check(options: CheckOptions): Promise<CheckReport> {
  const stopping = options.stopping ?? new AbortController().signal;
  const { settings, input } = options;
  const org = settings.org === undefined ? undefined : await lookAtOrg(options, stopping);
  const plans = org?.plans ?? settings.mappings.map((mapping) => new FieldPlan(mapping, undefined, 'send'));
  const dryRun = new DryRun({ settings, plans, org, bareTopic: options.bareTopic, command: input?.command });
  try {
    if (input !== undefined) await dryRun.read(input, stopping);
  } catch (error) {
    // Nothing was begun that could stop part-way: the check could not be made.
    throw asPreflightError(error, stopping);
  }
  stopping.throwIfAborted();
  return dryRun.report(input);
}

async function lookAtOrg(
  { settings, env }: CheckOptions,
  stopping: AbortSignal,
): Promise<OrgFacts & { readonly plans: readonly FieldPlan[] }> {
  const client = openClient(settings, env ?? {});
  try {
    const { signedIn, plans, describes, ...asked } = await preflight(settings, client, stopping);
    const { identity } = asked;
    const signIn = settings.org?.signIn;
    const { calls } = client.usage;
    const { limits, roundTripMs } = await measureLimits(client, stopping);
    const { used, limit } = client.usage;
    const checked: CheckedOrg = {
      url: settings.org?.orgUrl ?? signedIn.instanceUrl,
      instance_url: signedIn.instanceUrl,
      org_id: identity.orgId,
      api_version: settings.org?.restapiVersion ?? '',
      sign_in: SIGN_IN_NAMES[signIn?.kind ?? 'client_credentials'],
      target_org: signIn?.kind === 'cli' ? signIn.targetOrg : null,
      user_id: identity.userId,
      username: identity.username,
      api: limit === null ? allowanceOf(limits.dailyApiRequests) : { used, limit },
      bulk_batches: allowanceOf(limits.dailyBulkApiBatches),
    };
    return { plans, describes, checked, roundTripMs, calls };
  } finally {
    await client.close();
  }
}

/** The limits are shown to users with a certain permission only; a replay does not need them. */
async function measureLimits(
  client: SalesforceClient,
  stopping: AbortSignal,
): Promise<{ limits: Limits; roundTripMs: number | undefined }> {
  const { retries } = client.usage;
  const begunAtMs = performance.now();
  try {
    const limits = await readLimits(client, { signal: stopping });
    return { limits, roundTripMs: client.usage.retries === retries ? performance.now() - begunAtMs : undefined };
  } catch (error) {
    stopping.throwIfAborted();
    if (error instanceof RequestError) return { limits: {}, roundTripMs: undefined };
    throw error;
  }
}

function allowanceOf(limit: Limit | undefined): Allowance {
  return limit === undefined ? { used: null, limit: null } : { used: limit.max - limit.remaining, limit: limit.max };
}
