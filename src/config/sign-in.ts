import type { ConfigIssue } from '../errors.js';
import type { OrgSettings } from '../settings.js';
import { readSecretFile } from './files.js';
import { issueAt, type IssueContext } from './issues.js';
import type { Merged } from './layers.js';
import type { CheckedConfig } from './schema.js';

export type SignIn = OrgSettings['signIn'];

/**
 * Which sign-in a configuration asks for. A stronger source wins (flag, environment, file); where both are given by
 * the same source, the access token does.
 */
export function signInKind(merged: Merged): SignIn['kind'] {
  const token = merged.rankOf('access_token');
  if (token === undefined) return 'client_credentials';
  const given = ['client_id', 'client_secret', 'client_secret_file']
    .map(merged.rankOf)
    .filter((rank): rank is number => rank !== undefined);
  return token <= Math.min(...given) ? 'access_token' : 'client_credentials';
}

/** The complete sign-in, or undefined after telling what is missing. `resolve` makes a configured path absolute. */
export function readSignIn(
  config: Partial<CheckedConfig>,
  merged: Merged,
  context: IssueContext,
  issues: ConfigIssue[],
  resolve: (key: string, path: string) => string,
): SignIn | undefined {
  if (signInKind(merged) === 'access_token') {
    const accessToken = config.access_token?.trim();
    return accessToken === undefined ? undefined : { kind: 'access_token', accessToken };
  }
  const hasId = merged.rankOf('client_id') !== undefined;
  const hasSecret = merged.rankOf('client_secret') !== undefined || merged.rankOf('client_secret_file') !== undefined;
  if (!hasId && !hasSecret) {
    const message =
      'no sign-in is configured; expected client_id and client_secret (SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET), or access_token (SALESFORCE_ACCESS_TOKEN)';
    issues.push(issueAt(['client_id'], message, context));
    return undefined;
  }
  if (!hasId) {
    const message = 'is missing; expected the consumer key, here, as SALESFORCE_CLIENT_ID or with --client-id';
    issues.push(issueAt(['client_id'], message, context));
  }
  if (!hasSecret) {
    const message =
      'is missing; expected the consumer secret, here, as SALESFORCE_CLIENT_SECRET or in a file named with --client-secret-file';
    issues.push(issueAt(['client_secret'], message, context));
  }
  const clientSecret = hasSecret ? readSecret(config, merged, context, issues, resolve) : undefined;
  if (config.client_id === undefined || clientSecret === undefined) return undefined;
  return { kind: 'client_credentials', clientId: config.client_id.trim(), clientSecret };
}

function readSecret(
  config: Partial<CheckedConfig>,
  merged: Merged,
  context: IssueContext,
  issues: ConfigIssue[],
  resolve: (key: string, path: string) => string,
): string | undefined {
  const inline = merged.rankOf('client_secret') ?? Infinity;
  const inFile = merged.rankOf('client_secret_file') ?? Infinity;
  if (inline < inFile) return config.client_secret?.trim();
  if (inline === inFile) {
    issues.push(issueAt(['client_secret_file'], 'is given beside client_secret; keep one of them', context));
    return undefined;
  }
  if (config.client_secret_file === undefined) return undefined;
  const secret = readSecretFile(resolve('client_secret_file', config.client_secret_file));
  if ('problem' in secret) {
    issues.push(issueAt(['client_secret_file'], secret.problem, context));
    return undefined;
  }
  context.secrets.add(secret.text);
  return secret.text;
}
