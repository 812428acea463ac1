import { isObject } from '../core/unknown.js';
import { findSfdxUrl, readPrivateKey, readSecretFile, readSfdxUrl, readTextFile } from './files.js';
import type { Issues } from './issues.js';
import type { Merged } from './layers.js';
import type { ValidPart } from './rules.js';
import { type Path, valueAt } from './tree.js';
import { audienceFor, readOrgUrl } from './urls.js';
import type { Secrets } from '../core/secrets.js';
import type { SignInSettings } from '../core/settings.js';

/** What reading a sign-in needs. */
export interface SignInSource {
  readonly config: ValidPart;
  readonly merged: Merged;
  /** Takes what is wrong. */
  readonly issues: Issues;
  /** Takes what is read from files. */
  readonly secrets: Secrets;
  /** What is not there is not missed, and no file is read. */
  readonly offline: boolean;
  /** Makes a configured path absolute. */
  readonly absolute: (key: string, path: string) => string;
}

/** The complete sign-in, or undefined after telling what is missing or wrong. `orgUrl`: the host that is asked, where it is known. */
export function readSignIn(
  { kind, conflict }: SignInChoice,
  source: SignInSource,
  orgUrl: string | undefined,
): SignInSettings | undefined {
  const { config, issues, merged } = source;
  if (conflict !== undefined) {
    const { key, beside } = conflict;
    const message = `conflicts with ${beside}: each is a sign-in of its own; keep one of them`;
    issues.add([key], message);
    return undefined;
  }
  if (kind === 'access_token') return complete({ kind, accessToken: config.access_token?.trim() });
  if (kind === 'cli') return complete({ kind, targetOrg: config.target_org?.trim() });
  // That is an issue of the schema's.
  if (hasUnknownFlow(merged.values)) return undefined;
  if (kind === undefined) {
    if (!source.offline) issues.add(['client_id'], NO_SIGN_IN);
    return undefined;
  }
  rejectForeignKeys(source, kind);
  const read = (secret: Given): string | undefined => readGiven(source, secret);
  switch (kind) {
    case 'client_credentials':
      return complete({ kind, clientId: read(CLIENT_ID), clientSecret: read(CLIENT_SECRET) });
    case 'jwt': {
      const [clientId, username] = [read(CLIENT_ID), read(USERNAME)];
      const text = read(PRIVATE_KEY);
      const key = text === undefined ? undefined : understood(source, PRIVATE_KEY, readPrivateKey(text));
      return complete({ kind, clientId, username, privateKey: key?.pem, audience: readAudience(source, orgUrl) });
    }
    case 'refresh_token': {
      const clientId = read(CLIENT_ID);
      // An app may ask for no secret.
      const clientSecret = isGiven(source, CLIENT_SECRET) ? read(CLIENT_SECRET) : '';
      const signIn = complete({ kind, clientId, clientSecret, refreshToken: read(REFRESH_TOKEN) });
      return signIn && { ...signIn, clientSecret: signIn.clientSecret || undefined };
    }
    case 'sfdx_url': {
      const text = read(SFDX_AUTH_URL);
      const url = text === undefined ? undefined : understood(source, SFDX_AUTH_URL, readSfdxUrl(findSfdxUrl(text)));
      for (const secret of [url?.clientSecret, url?.refreshToken]) source.secrets.add(secret);
      return url && { kind, ...url };
    }
  }
}

const NO_SIGN_IN =
  'no sign-in is configured; expected client_id and client_secret (SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET), access_token (SALESFORCE_ACCESS_TOKEN), target_org (--target-org, SF_TARGET_ORG), sfdx_auth_url_file (--sfdx-auth-url-file, SFDX_AUTH_URL), or auth';

/** All members, or undefined where one is missing. */
function complete<Members extends object>(
  members: Members,
): { [Name in keyof Members]: Exclude<Members[Name], undefined> } | undefined {
  const isComplete = !Object.values(members).includes(undefined);
  return isComplete ? (members as { [Name in keyof Members]: Exclude<Members[Name], undefined> }) : undefined;
}

function readAudience({ config, issues }: SignInSource, orgUrl: string | undefined): string | undefined {
  const written = config.auth?.audience;
  if (written === undefined) return orgUrl === undefined ? undefined : audienceFor(orgUrl);
  const audience = readOrgUrl(written);
  // That of an Experience Cloud site has a path, which belongs to it.
  if ('url' in audience) return written.trim().replace(/\/+$/, '');
  issues.addMismatch(['auth', 'audience'], audience.problem);
  return undefined;
}

/** The keys of `auth` that its flow has no use for are mistakes, since something was meant by them. */
function rejectForeignKeys({ config: { auth }, merged, issues }: SignInSource, flow: Flow): void {
  // One that nobody knows is an issue of the schema's.
  if (auth?.flow !== flow || !isObject(merged.values.auth)) return;
  for (const key of Object.keys(merged.values.auth)) {
    if (Object.hasOwn(auth, key) && !['flow', ...FLOWS[flow].own].includes(key)) {
      issues.add(['auth', key], `does not apply to the flow ${flow}`);
    }
  }
}

/** A part of a sign-in: given as it is, or by the file that holds it. */
interface Given {
  readonly inline: Path;
  readonly file?: Path;
  /** May the file have several lines? */
  readonly isText?: boolean;
  /** What is told where it is missing: of the file, if there may be one. */
  readonly missing: string;
}

const CLIENT_ID: Given = {
  inline: ['client_id'],
  missing: 'is missing; expected the consumer key, here, as SALESFORCE_CLIENT_ID or with --client-id',
};
const CLIENT_SECRET: Given = {
  inline: ['client_secret'],
  file: ['client_secret_file'],
  missing:
    'is missing; expected the consumer secret, here, as SALESFORCE_CLIENT_SECRET or in a file named with --client-secret-file',
};
const USERNAME: Given = {
  inline: ['auth', 'username'],
  missing: 'is missing; expected the name of the user to sign in as',
};
const PRIVATE_KEY: Given = {
  inline: ['auth', 'private_key'],
  file: ['auth', 'private_key_file'],
  isText: true,
  missing: 'is missing; expected the PEM file of the key',
};
const REFRESH_TOKEN: Given = {
  inline: ['auth', 'refresh_token'],
  file: ['auth', 'refresh_token_file'],
  missing: 'is missing; expected the file of the refresh token',
};
const SFDX_AUTH_URL: Given = {
  inline: ['sfdx_auth_url'],
  file: ['sfdx_auth_url_file'],
  isText: true,
  missing: 'is missing; expected the file of the SFDX auth URL, here or as SFDX_AUTH_URL',
};

/** What the stronger source gives, or undefined after telling what is missing or wrong. */
function readGiven(source: SignInSource, given: Given): string | undefined {
  const { config, issues, offline } = source;
  const { inline, file = [], isText = false, missing } = given;
  const [rank, fileRank] = [rankOf(source, inline), rankOf(source, file)];
  if (!isGiven(source, given)) {
    const asked = given === CLIENT_SECRET || file.length === 0 ? inline : file;
    if (!offline) issues.add(asked, missing);
    return undefined;
  }
  if (rank === fileRank) {
    issues.add(file, `conflicts with ${String(inline.at(-1))}; keep one of them`);
    return undefined;
  }
  if (rank < fileRank) return (valueAt(config, inline) as string | undefined)?.trim();
  const path = valueAt(config, file) as string | undefined;
  if (path === undefined || offline) return undefined;
  const read = isText ? readTextFile : readSecretFile;
  const secret = understood(source, given, read(source.absolute(String(file[0]), path)));
  source.secrets.add(secret?.text);
  return secret?.text;
}

/** What was read of it, or undefined after telling of the problem where it was given. */
function understood<Read extends object>(
  source: SignInSource,
  { inline, file = [] }: Given,
  read: Read | { readonly problem: string },
): Read | undefined {
  if (!('problem' in read)) return read;
  source.issues.add(rankOf(source, inline) < rankOf(source, file) ? inline : file, read.problem);
  return undefined;
}

function isGiven(source: SignInSource, { inline, file = [] }: Given): boolean {
  return Math.min(rankOf(source, inline), rankOf(source, file)) < Infinity;
}

function rankOf({ merged }: SignInSource, path: Path): number {
  const [key] = path;
  if (key === undefined || valueAt(merged.values, path) === undefined) return Infinity;
  return merged.rankOf(String(key)) ?? Infinity;
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

/** The flows that `auth` can name: the keys within it and beside it that each takes. */
const FLOWS = {
  client_credentials: { own: [], beside: CLIENT_KEYS },
  jwt: { own: ['username', 'private_key', 'private_key_file', 'audience'], beside: ['client_id'] },
  refresh_token: { own: ['refresh_token', 'refresh_token_file'], beside: CLIENT_KEYS },
  sfdx_url: { own: [], beside: SFDX_KEYS },
} satisfies Record<string, { readonly own: readonly string[]; readonly beside: readonly string[] }>;

type Flow = keyof typeof FLOWS;

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
function hasUnknownFlow(values: Readonly<Record<string, unknown>>): boolean {
  return values.auth !== undefined && flowOf(values) === undefined;
}

/** The access token first: it wins where others are asked for by the same source. */
function candidates({ values, rankOf }: Merged): { kind: SignInKind; keys: readonly string[] }[] {
  const flow = flowOf(values);
  const taken: readonly string[] = flow === undefined ? [] : FLOWS[flow].beside;
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

function flowOf({ auth }: Readonly<Record<string, unknown>>): Flow | undefined {
  const flow = isObject(auth) ? auth.flow : undefined;
  return typeof flow === 'string' && Object.hasOwn(FLOWS, flow) ? (flow as Flow) : undefined;
}
