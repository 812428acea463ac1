import { SignInError } from '../../../src/salesforce/errors.js';
import type { SalesforceClient } from '../../../src/salesforce/client.js';

/** The `SignInError` that signing in rejects with. */
export async function signInError(client: SalesforceClient): Promise<SignInError> {
  const error: unknown = await client.signIn().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SignInError) return error;
  throw new Error(`expected a SignInError, got ${String(error)}`, { cause: error });
}
