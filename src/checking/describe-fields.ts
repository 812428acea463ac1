import type { FieldDescribe } from '../core/describe.js';
import type { Settings } from '../core/settings.js';
import { asPreflightError } from '../replay/preflight.js';
import { describeSObject } from '../salesforce/describe.js';
import { openClient } from '../salesforce/client.js';

/** The fields of each of these sObjects that the org has, by the name that was asked for. Throws `PreflightError`. */
export async function describeFields(
  settings: Settings,
  sobjects: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, readonly FieldDescribe[]>> {
  const { signal } = new AbortController();
  const client = openClient(settings, env);
  const found = new Map<string, readonly FieldDescribe[]>();
  try {
    await client.signIn(signal);
    for (const name of sobjects) {
      const described = await describeSObject(client, name, { signal });
      if (described !== undefined) found.set(name, described.fields);
    }
    return found;
  } catch (error) {
    throw asPreflightError(error, signal);
  } finally {
    await client.close();
  }
}
