import { CodedError, PreflightError } from '../core/errors.js';
import type { TopicMapping } from '../core/record.js';
import type { SalesforceClient, SignedIn } from '../salesforce/client.js';
import type { SObjectDescribe } from '../core/describe.js';
import { describeSObject } from '../salesforce/describe.js';
import { RequestError } from '../salesforce/errors.js';
import { readIdentity, type Identity } from '../salesforce/identity.js';
import { checkAccess } from '../salesforce/limits.js';
import type { Settings } from '../core/settings.js';
import { FieldPlan } from '../records/field-plan.js';
import { misfitsOf } from './misfits.js';
import { queryAll } from '../salesforce/query.js';

export interface Preflight {
  readonly signedIn: SignedIn;
  /** One for each mapping, in the mappings' order. */
  readonly plans: readonly FieldPlan[];
  /** By the sObject's name in lower case; empty where fields are sent as they are. */
  readonly describes: ReadonlyMap<string, SObjectDescribe>;
  /** Does not reject; what takes long or is not told is null. */
  readonly identity: Identity;
}

/** The describe calls that are made side by side. */
const DESCRIBES_AT_ONCE = 4;
/** It is good to know whose session it is, but no more: an org that is slow to tell is not waited for. */
const IDENTITY_TIMEOUT_MS = 10_000;

/**
 * Everything that can be found out before the first write: signs in, describes each mapped sObject once, and makes sure
 * that it takes the operation and that external id fields are what they must be. Throws a `PreflightError` with every
 * mapping that does not fit the org.
 */
export async function preflight(settings: Settings, client: SalesforceClient, signal: AbortSignal): Promise<Preflight> {
  try {
    const signedIn = await client.signIn(signal);
    const isDescribed = settings.unwritableFields !== 'send';
    // A given token was not tried by signing in, and without describe calls nothing else would try it before a write.
    if (isTokenGiven(settings) && !isDescribed) {
      await checkAccess(client, settings.org?.restapiVersion ?? '', { signal });
    }
    const describes = isDescribed ? await describeAll(settings, client, signal) : new Map<string, SObjectDescribe>();
    const planOf = (mapping: TopicMapping): FieldPlan =>
      new FieldPlan(mapping, describes.get(mapping.sobject.toLowerCase()), settings.unwritableFields, describes);
    if (isDescribed) refuseMisfits(settings.mappings.map(planOf), settings);
    const mappings = await withActiveRules(settings.mappings, client, signal);
    const plans = mappings.map(planOf);
    return { signedIn, plans, describes, identity: await identityInTime(client, signedIn, signal) };
  } catch (error) {
    throw asPreflightError(error, signal);
  }
}

function identityInTime(client: SalesforceClient, signedIn: SignedIn, signal: AbortSignal): Promise<Identity> {
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort('too late'), IDENTITY_TIMEOUT_MS);
  const interruption = { signal: AbortSignal.any([signal, tooLate.signal]) };
  return readIdentity(client, signedIn, interruption).finally(() => clearTimeout(timer));
}

/** Signs in alone, for what has to be known of the org before anything else. Throws `PreflightError`. */
export async function signInFirst(client: SalesforceClient, signal: AbortSignal): Promise<SignedIn> {
  try {
    return await client.signIn(signal);
  } catch (error) {
    throw asPreflightError(error, signal);
  }
}

/** What went wrong before anything was sent, or where nothing is sent at all; the signal's reason where that ended it. */
export function asPreflightError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const told = error instanceof RequestError ? (error.stop ?? error) : error;
  if (told instanceof RequestError) return new PreflightError(told.code, told.message, { cause: error });
  if (!(told instanceof CodedError) || told instanceof PreflightError) return error;
  return new PreflightError(told.code, told.message, { hint: told.hint, cause: error });
}

/** By the user, or by the Salesforce CLI, which does not try it either. */
function isTokenGiven({ org }: Settings): boolean {
  return org?.signIn.kind === 'access_token' || org?.signIn.kind === 'cli';
}

/** Those that the org does not have are left out. */
async function describeAll(
  { mappings, org, maxApiUsage }: Settings,
  client: SalesforceClient,
  signal: AbortSignal,
): Promise<Map<string, SObjectDescribe>> {
  const waiting = new Map(mappings.map((mapping) => [mapping.sobject.toLowerCase(), mapping]));
  const describes = new Map<string, SObjectDescribe>();
  // The first failure ends the others: nothing of them is wanted any more, and nobody would wait for them.
  const failing = new AbortController();
  const anySignal = AbortSignal.any([signal, failing.signal]);
  const work = async (): Promise<void> => {
    for (const [name, mapping] of waiting) {
      waiting.delete(name);
      const describe = await describeSObject(client, mapping.sobject, { signal: anySignal });
      // With a version that the org does not know, every sObject is unknown.
      if (describe === undefined) await checkAccess(client, org?.restapiVersion ?? '', { signal: anySignal });
      else describes.set(name, describe);
    }
  };
  // Until the first reply nobody knows how many calls the org has left.
  const atOnce = maxApiUsage === undefined ? DESCRIBES_AT_ONCE : 1;
  await Promise.all(Array.from({ length: atOnce }, () => work().catch((error: unknown) => failing.abort(error))));
  if (failing.signal.aborted) throw failing.signal.reason;
  return describes;
}

function refuseMisfits(plans: readonly FieldPlan[], { mapFlags }: Settings): void {
  const misfits = plans.flatMap((plan, index) =>
    misfitsOf(plan, plans).map(({ key, ...misfit }) => ({
      ...misfit,
      index,
      path: mapFlags?.has(index) === true ? `${mapFlags.get(index) ?? ''}: ${key}` : `topic_mappings[${index}].${key}`,
    })),
  );
  const [first, ...others] = misfits;
  if (first === undefined) return;
  if (others.length === 0) throw new PreflightError(first.code, first.message, { hint: first.hint });
  const code = others.every((other) => other.code === first.code) ? first.code : 'WRONG_MAPPINGS';
  const count = new Set(misfits.map(({ index }) => index)).size;
  const who = count === 1 ? 'A mapping does' : `${count} mappings do`;
  throw new PreflightError(code, `${who} not fit the org.`, {
    issues: misfits.map(({ path, message, hint }) => ({ path, message: `${message}. ${hint}` })),
  });
}

/**
 * Bulk API 2.0 is given a rule by its Id alone: `true` becomes the Id of the rule that is active, which one query finds.
 * Throws a `PreflightError` where none is active, and a `RequestError`.
 */
export async function withActiveRules(
  mappings: readonly TopicMapping[],
  client: SalesforceClient,
  signal: AbortSignal,
): Promise<readonly TopicMapping[]> {
  const isOpen = ({ mode, assignmentRule }: TopicMapping): boolean => mode === 'bulk' && assignmentRule === true;
  const open = mappings.filter(isOpen);
  if (open.length === 0) return mappings;
  const rows = await queryAll(client, 'SELECT Id, SobjectType FROM AssignmentRule WHERE Active = true', { signal });
  const ids = new Map(rows.map((row) => [String(row['SobjectType']).toLowerCase(), String(row['Id'])]));
  const missing = open.find(({ sobject }) => !ids.has(sobject.toLowerCase()));
  if (missing !== undefined) {
    const message = `${missing.sobject} has no active assignment rule (assignment_rule of topic ${missing.topic})`;
    const hint = 'Activate one in Setup, give the Id of a rule, or leave assignment_rule out.';
    throw new PreflightError('NO_ACTIVE_ASSIGNMENT_RULE', message, { hint });
  }
  return mappings.map((mapping) =>
    isOpen(mapping) ? { ...mapping, assignmentRule: ids.get(mapping.sobject.toLowerCase()) } : mapping,
  );
}
