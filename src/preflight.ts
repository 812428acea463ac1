import { PreflightError } from './errors.js';
import type { TopicMapping } from './record.js';
import type { SalesforceClient, SignedIn } from './salesforce/client.js';
import { describeSObject, type SObjectDescribe } from './salesforce/describe.js';
import { RequestError, SignInError } from './salesforce/errors.js';
import { checkAccess } from './salesforce/limits.js';
import type { Settings } from './settings.js';
import { FieldPlan, keyFieldOf } from './writers/fields.js';

export interface Preflight {
  readonly signedIn: SignedIn;
  /** One for each mapping, in the mappings' order. */
  readonly plans: readonly FieldPlan[];
  /** By the sObject's name in lower case; empty where fields are sent as they are. */
  readonly describes: ReadonlyMap<string, SObjectDescribe>;
}

/** The describe calls that are made side by side. */
const DESCRIBES_AT_ONCE = 4;

/**
 * Everything that can be found out before the first write: signs in, describes each mapped sObject once, and makes sure
 * that the external id fields are what they must be. Throws `PreflightError`.
 */
export async function preflight(settings: Settings, client: SalesforceClient, signal: AbortSignal): Promise<Preflight> {
  try {
    const signedIn = await client.signIn(signal);
    // A given token was not tried by signing in, and without describe calls nothing else would try it before a write.
    if (isTokenGiven(settings) && settings.unwritableFields === 'send') {
      await checkAccess(client, settings.org?.restapiVersion ?? '', { signal });
    }
    const describes =
      settings.unwritableFields === 'send'
        ? new Map<string, SObjectDescribe>()
        : await describeAll(settings, client, signal);
    const plans = settings.mappings.map((mapping) => {
      const describe = describes.get(mapping.sobject.toLowerCase());
      if (describe !== undefined) checkKeyField(mapping, describe);
      return new FieldPlan(mapping, describe, settings.unwritableFields);
    });
    return { signedIn, plans, describes };
  } catch (error) {
    throw asPreflightError(error, signal);
  }
}

/** Signs in alone, for what has to be known of the org before anything else. Throws `PreflightError`. */
export async function signInFirst(client: SalesforceClient, signal: AbortSignal): Promise<SignedIn> {
  try {
    return await client.signIn(signal);
  } catch (error) {
    throw asPreflightError(error, signal);
  }
}

function asPreflightError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof SignInError)
    return new PreflightError(error.code, error.message, { hint: error.hint, cause: error });
  if (!(error instanceof RequestError)) return error;
  return new PreflightError(error.stop?.code ?? error.code, error.stop?.message ?? error.message, {
    hint: error.stop?.hint,
    cause: error,
  });
}

/** By the user, or by the Salesforce CLI, which does not try it either. */
function isTokenGiven({ org }: Settings): boolean {
  return org?.signIn.kind === 'access_token' || org?.signIn.kind === 'cli';
}

async function describeAll(
  { mappings, org }: Settings,
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
      if (describe === undefined) {
        // With a version that the org does not know, every sObject is unknown.
        await checkAccess(client, org?.restapiVersion ?? '', { signal: anySignal });
        throw unknownSObject(mapping);
      }
      describes.set(name, describe);
    }
  };
  const workers = Array.from({ length: DESCRIBES_AT_ONCE }, () =>
    work().catch((error: unknown) => {
      if (!failing.signal.aborted) failing.abort(error);
    }),
  );
  await Promise.all(workers);
  if (failing.signal.aborted) throw failing.signal.reason;
  return describes;
}

function unknownSObject({ topic, sobject }: TopicMapping): PreflightError {
  const isBare = !sobject.includes('__');
  return new PreflightError(
    'UNKNOWN_SOBJECT',
    `The org has no sObject ${sobject} that this user can see (mapped from topic ${topic})`,
    { hint: `Check the name${isBare ? ' (custom objects end in __c)' : ''} and the permissions of the user.` },
  );
}

function checkKeyField(mapping: TopicMapping, describe: SObjectDescribe): void {
  if (mapping.externalIdField === '') return;
  const name = keyFieldOf(mapping) ?? '';
  const field = describe.fields.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  const keys = describe.fields
    .filter((candidate) => candidate.externalId || candidate.idLookup)
    .map(({ name: key }) => key);
  const hint = `Fields of ${describe.name} that can be the key: ${keys.join(', ')}.`;
  if (field === undefined) {
    const message = `${describe.name} has no field ${name} that this user can see (external_id_field of topic ${mapping.topic})`;
    throw new PreflightError('UNKNOWN_EXTERNAL_ID_FIELD', message, { hint });
  }
  if (!field.externalId && !field.idLookup && field.name !== 'Id') {
    const message = `${describe.name}.${field.name} is no external id (external_id_field of topic ${mapping.topic})`;
    throw new PreflightError('NOT_AN_EXTERNAL_ID', message, { hint });
  }
}
