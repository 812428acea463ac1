import { isObject } from '../core/unknown.js';
import { findSfdxUrl, readPrivateKey, readSecretFile, readSfdxUrl, readTextFile } from './files.js';
import { issueAt, type IssueContext, mismatchAt } from './issues.js';
import type { Merged } from './layers.js';
import type { CheckedConfig } from './schema.js';
import { type Path, valueAt } from './tree.js';
import { audienceFor, readOrgUrl } from './urls.js';
import type { ConfigIssue } from '../core/errors.js';
import type { SignInSettings } from '../core/settings.js';

/** What reading a sign-in needs. */
export interface SignInSource {
  readonly config: Partial<CheckedConfig>;
  readonly merged: Merged;
  readonly context: IssueContext;
  /** What is not there is not missed, and no file is read. */
  readonly offline: boolean;
  /** Takes what is wrong. */
  readonly issues: ConfigIssue[];
  /** Makes a configured path absolute. */
  readonly resolve: (key: string, path: string) => string;
  /** The host that is asked, where it is known. */
  readonly orgUrl: string | undefined;
}

/** The complete sign-in, or undefined after telling what is missing or wrong. */
export function readSignIn(choice: SignInChoice, source: SignInSource): SignInSettings | undefined {
  if (choice.conflict !== undefined) {
    const { key, beside } = choice.conflict;
    const message = `conflicts with ${beside}: each is a sign-in of its own; keep one of them`;
    source.issues.push(issueAt([key], message, source.context));
    return undefined;
  }
  const needsNoFlow = choice.kind === 'access_token' || choice.kind === 'cli';
  // That is an issue of the schema's.
  if (hasUnknownFlow(source.merged.values) && !needsNoFlow) return undefined;
  switch (choice.kind) {
    case 'access_token': {
      const accessToken = source.config.access_token?.trim();
      return accessToken === undefined ? undefined : { kind: 'access_token', accessToken };
    }
    case 'client_credentials':
      return readClientCredentials(source);
    case 'jwt':
      return readJwt(source);
    case 'refresh_token':
      return readRefreshToken(source);
    case 'sfdx_url':
      return readSfdx(source);
    case 'cli': {
      const targetOrg = source.config.target_org?.trim();
      return targetOrg === undefined ? undefined : { kind: 'cli', targetOrg };
    }
    case undefined:
      miss(source, ['client_id'], NO_SIGN_IN);
      return undefined;
  }
}

const NO_SIGN_IN =
  'no sign-in is configured; expected client_id and client_secret (SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET), access_token (SALESFORCE_ACCESS_TOKEN), target_org (--target-org, SF_TARGET_ORG), sfdx_auth_url_file (--sfdx-auth-url-file, SFDX_AUTH_URL), or auth';

function readClientCredentials(source: SignInSource): SignInSettings | undefined {
  rejectForeignKeys(source, 'client_credentials', []);
  const clientId = readClientId(source);
  const clientSecret = readSecret(source, CLIENT_SECRET);
  if (clientSecret === 'missing') {
    const message =
      'is missing; expected the consumer secret, here, as SALESFORCE_CLIENT_SECRET or in a file named with --client-secret-file';
    miss(source, ['client_secret'], message);
    return undefined;
  }
  if (clientId === undefined || clientSecret === undefined) return undefined;
  return { kind: 'client_credentials', clientId, clientSecret };
}

function readJwt(source: SignInSource): SignInSettings | undefined {
  rejectForeignKeys(source, 'jwt', ['username', 'private_key', 'private_key_file', 'audience']);
  const { auth } = source.config;
  const clientId = readClientId(source);
  if (valueAt(source.merged.values, ['auth', 'username']) === undefined) {
    miss(source, ['auth', 'username'], 'is missing; expected the name of the user to sign in as');
  }
  const text = readSecret(source, PRIVATE_KEY);
  if (text === 'missing') miss(source, ['auth', 'private_key_file'], 'is missing; expected the PEM file of the key');
  const key = text === undefined || text === 'missing' ? undefined : readPrivateKey(text);
  if (key !== undefined && 'problem' in key) tell(source, givenSecret(source, PRIVATE_KEY), key.problem);
  const audience = readAudience(source);
  if (clientId === undefined || auth?.username === undefined || audience === undefined) return undefined;
  if (key === undefined || 'problem' in key) return undefined;
  return { kind: 'jwt', clientId, username: auth.username.trim(), privateKey: key.pem, audience };
}

function readAudience(source: SignInSource): string | undefined {
  const written = source.config.auth?.audience;
  if (written === undefined) return source.orgUrl === undefined ? undefined : audienceFor(source.orgUrl);
  const audience = readOrgUrl(written);
  // That of an Experience Cloud site has a path, which belongs to it.
  if ('url' in audience) return written.trim().replace(/\/+$/, '');
  source.issues.push(mismatchAt(['auth', 'audience'], audience.problem, source.context));
  return undefined;
}

function readRefreshToken(source: SignInSource): SignInSettings | undefined {
  rejectForeignKeys(source, 'refresh_token', ['refresh_token', 'refresh_token_file']);
  const clientId = readClientId(source);
  const clientSecret = readSecret(source, CLIENT_SECRET);
  const refreshToken = readSecret(source, REFRESH_TOKEN);
  if (refreshToken === 'missing') {
    miss(source, ['auth', 'refresh_token_file'], 'is missing; expected the file of the refresh token');
    return undefined;
  }
  if (clientId === undefined || clientSecret === undefined || refreshToken === undefined) return undefined;
  const secret = clientSecret === 'missing' ? undefined : clientSecret;
  return { kind: 'refresh_token', clientId, clientSecret: secret, refreshToken };
}

function readSfdx(source: SignInSource): SignInSettings | undefined {
  rejectForeignKeys(source, 'sfdx_url', []);
  const text = readSecret(source, SFDX_AUTH_URL);
  if (text === 'missing') {
    miss(
      source,
      ['sfdx_auth_url_file'],
      'is missing; expected the file of the SFDX auth URL, here or as SFDX_AUTH_URL',
    );
    return undefined;
  }
  if (text === undefined) return undefined;
  const url = readSfdxUrl(findSfdxUrl(text));
  if ('problem' in url) {
    tell(source, givenSecret(source, SFDX_AUTH_URL), url.problem);
    return undefined;
  }
  for (const secret of [url.clientSecret, url.refreshToken]) source.context.secrets.add(secret);
  return { kind: 'sfdx_url', ...url };
}

function readClientId(source: SignInSource): string | undefined {
  if (source.merged.rankOf('client_id') === undefined) {
    const message = 'is missing; expected the consumer key, here, as SALESFORCE_CLIENT_ID or with --client-id';
    miss(source, ['client_id'], message);
  }
  return source.config.client_id?.trim();
}

/** The keys of `auth` that its flow has no use for are mistakes, since something was meant by them. */
function rejectForeignKeys(source: SignInSource, flow: SignInKind, used: readonly string[]): void {
  const { auth } = source.config;
  if (auth?.flow !== flow) return;
  for (const key of Object.keys(auth)) {
    if (key !== 'flow' && !used.includes(key)) tell(source, ['auth', key], `does not apply to the flow ${flow}`);
  }
}

/** A secret that is given as it is, or by the file that holds it. */
interface SecretKeys {
  readonly inline: Path;
  readonly file: Path;
  /** May the file have several lines? */
  readonly isText: boolean;
}

const CLIENT_SECRET: SecretKeys = { inline: ['client_secret'], file: ['client_secret_file'], isText: false };
const PRIVATE_KEY: SecretKeys = { inline: ['auth', 'private_key'], file: ['auth', 'private_key_file'], isText: true };
const REFRESH_TOKEN: SecretKeys = {
  inline: ['auth', 'refresh_token'],
  file: ['auth', 'refresh_token_file'],
  isText: false,
};
const SFDX_AUTH_URL: SecretKeys = { inline: ['sfdx_auth_url'], file: ['sfdx_auth_url_file'], isText: true };

/** The secret of the stronger source; `missing` where there is none, undefined after telling what is wrong. */
function readSecret(source: SignInSource, keys: SecretKeys): string | undefined {
  const { config, context, resolve } = source;
  const [inline, inFile] = [rankOf(source, keys.inline), rankOf(source, keys.file)];
  if (inline === Infinity && inFile === Infinity) return 'missing';
  if (inline === inFile) {
    tell(source, keys.file, `conflicts with ${String(keys.inline.at(-1))}; keep one of them`);
    return undefined;
  }
  if (inline < inFile) return (valueAt(config, keys.inline) as string | undefined)?.trim();
  const path = valueAt(config, keys.file) as string | undefined;
  if (path === undefined || source.offline) return undefined;
  const read = keys.isText ? readTextFile : readSecretFile;
  const secret = read(resolve(String(keys.file[0]), path));
  if ('problem' in secret) {
    tell(source, keys.file, secret.problem);
    return undefined;
  }
  context.secrets.add(secret.text);
  return secret.text;
}

/** The key by which the secret was given. */
function givenSecret(source: SignInSource, { inline, file }: SecretKeys): Path {
  return rankOf(source, inline) < rankOf(source, file) ? inline : file;
}

function rankOf({ merged }: SignInSource, path: Path): number {
  return valueAt(merged.values, path) === undefined ? Infinity : (merged.rankOf(String(path[0])) ?? Infinity);
}

function miss(source: SignInSource, path: Path, message: string): void {
  if (!source.offline) tell(source, path, message);
}

function tell({ issues, context }: SignInSource, path: Path, message: string): void {
  issues.push(issueAt(path, message, context));
}

type SignInKind = SignInSettings['kind'];

/** The sign-in that a configuration asks for. */
export interface SignInChoice {
  /** Undefined: none is asked for. */
  readonly kind: SignInKind | undefined;
  /** The top-level keys that it is made of. */
  readonly keys: readonly string[];
  /** Of the strongest source that gives one of them. */
  readonly rank: number;
  /** Another sign-in that the same source asks for, by a key of it, and by a key of this one. */
  readonly conflict: { readonly key: string; readonly beside: string } | undefined;
}

const CLIENT_KEYS = ['client_id', 'client_secret', 'client_secret_file'];
const SFDX_KEYS = ['sfdx_auth_url', 'sfdx_auth_url_file'];

/** Every top-level key that a sign-in is made of. */
export const SIGN_IN_KEYS = ['auth', ...CLIENT_KEYS, 'access_token', 'target_org', ...SFDX_KEYS];

/** The flows that `auth` can name, and the keys besides it that each takes. */
const FLOW_KEYS: Readonly<Record<'client_credentials' | 'jwt' | 'refresh_token' | 'sfdx_url', readonly string[]>> = {
  client_credentials: CLIENT_KEYS,
  jwt: ['client_id'],
  refresh_token: CLIENT_KEYS,
  sfdx_url: SFDX_KEYS,
};

/**
 * Chooses the sign-in of the strongest source (flag, environment, file, then the variables of the Salesforce CLI). Within
 * one source an access token wins; any other two are a conflict.
 */
export function chooseSignIn(merged: Merged): SignInChoice {
  const asked = candidates(merged).flatMap(({ kind, keys }) => {
    const ranks = keys.map(merged.rankOf).filter((rank) => rank !== undefined);
    return ranks.length === 0 ? [] : [{ kind, keys, rank: Math.min(...ranks) }];
  });
  const strongest = Math.min(...asked.map(({ rank }) => rank));
  const [chosen, other] = asked.filter(({ rank }) => rank === strongest);
  if (chosen === undefined) return { kind: undefined, keys: [], rank: Infinity, conflict: undefined };
  const isClear = other === undefined || chosen.kind === 'access_token';
  const firstKey = (keys: readonly string[]) => keys.find((key) => merged.rankOf(key) === strongest) ?? '';
  return { ...chosen, conflict: isClear ? undefined : { key: firstKey(other.keys), beside: firstKey(chosen.keys) } };
}

/** Does the sign-in tell by itself which org it is? */
export function namesOrg({ kind }: SignInChoice): boolean {
  return kind === 'cli' || kind === 'sfdx_url';
}

/** Of an `auth` that does not say how, nobody knows what its keys are for. */
export function hasUnknownFlow(values: Readonly<Record<string, unknown>>): boolean {
  return values.auth !== undefined && flowOf(values) === undefined;
}

/** The access token first: it wins where others are asked for by the same source. */
function candidates({ values, rankOf }: Merged): { kind: SignInKind; keys: readonly string[] }[] {
  const flow = flowOf(values);
  const taken = flow === undefined ? [] : FLOW_KEYS[flow];
  const without = (keys: readonly string[]) => keys.filter((key) => !taken.includes(key));
  // A secret that the flow has no use for, of a stronger source than it, is there with the client_id for a sign-in of their own.
  const isOverruled = without(CLIENT_KEYS).some((key) => (rankOf(key) ?? Infinity) < (rankOf('auth') ?? Infinity));
  return [
    { kind: 'access_token', keys: ['access_token'] },
    ...(flow === undefined ? [] : [{ kind: flow, keys: isOverruled ? ['auth'] : ['auth', ...taken] }]),
    { kind: 'client_credentials', keys: isOverruled ? CLIENT_KEYS : without(CLIENT_KEYS) },
    { kind: 'sfdx_url', keys: without(SFDX_KEYS) },
    { kind: 'cli', keys: ['target_org'] },
  ];
}

function flowOf({ auth }: Readonly<Record<string, unknown>>): keyof typeof FLOW_KEYS | undefined {
  const flow = isObject(auth) ? auth.flow : undefined;
  return typeof flow === 'string' && Object.hasOwn(FLOW_KEYS, flow) ? (flow as keyof typeof FLOW_KEYS) : undefined;
}
