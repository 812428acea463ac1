import type { Interruption } from './api-request.js';
import type { SalesforceClient } from './client.js';
import { RequestError, SignInError } from './errors.js';

export interface Limit {
  readonly max: number;
  readonly remaining: number;
}

/** The allocations that matter to a loader. Which of them the org tells depends on the org and the user's rights. */
export interface Limits {
  readonly dailyApiRequests?: Limit;
  readonly dailyBulkApiBatches?: Limit;
  readonly hourlyPublishedPlatformEvents?: Limit;
  readonly dataStorageMb?: Limit;
}

/** Reads the org's limits; those it does not tell are left out. Throws a `RequestError`. */
export async function readLimits(client: SalesforceClient, interruption: Interruption = {}): Promise<Limits> {
  const { value } = await client.request<Limits>({
    ...interruption,
    method: 'GET',
    path: 'limits',
    repeatable: true,
    read: async (reply) => parseLimits(await reply.json()),
  });
  return value;
}

/**
 * Finds out with one call whether the token works and the org has the REST API version, before anything else is asked:
 * an unknown version would make every sObject look unknown. Gives the limits, none if the user may not read them.
 * Throws a {@link SignInError}: `ACCESS_TOKEN_REFUSED`, `API_VERSION_UNKNOWN`, or the code of what stops the run;
 * a `RequestError` for anything else.
 */
export async function checkAccess(
  client: SalesforceClient,
  restapiVersion: string,
  interruption: Interruption = {},
): Promise<Limits> {
  try {
    return await readLimits(client, interruption);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const { status, stop } = error;
    if (stop !== undefined) {
      const code = status === 401 ? 'ACCESS_TOKEN_REFUSED' : stop.code;
      throw new SignInError(code, stop.message, { hint: stop.hint, cause: error });
    }
    if (status === 404) {
      const hint = 'Lower restapi_version; GET /services/data lists the versions of the org.';
      throw new SignInError('API_VERSION_UNKNOWN', `The org does not have REST API version ${restapiVersion}.`, {
        hint,
      });
    }
    // The limits are shown to users with a certain permission only; writing does not need it.
    if (status === 403) return {};
    throw error;
  }
}

function parseLimits(document: unknown): Limits {
  const entries = (typeof document === 'object' && document !== null ? document : {}) as Readonly<
    Record<string, unknown>
  >;
  return {
    ...entry('dailyApiRequests', entries['DailyApiRequests']),
    ...entry('dailyBulkApiBatches', entries['DailyBulkApiBatches']),
    ...entry('hourlyPublishedPlatformEvents', entries['HourlyPublishedPlatformEvents']),
    ...entry('dataStorageMb', entries['DataStorageMB']),
  };
}

function entry(name: keyof Limits, value: unknown): Limits {
  const { Max: max, Remaining: remaining } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof max === 'number' && typeof remaining === 'number' ? { [name]: { max, remaining } } : {};
}
