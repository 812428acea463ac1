import type { Merged } from './layers.js';
import { isObject } from './path.js';

export type SignInKind = 'access_token' | 'client_credentials' | 'jwt' | 'refresh_token' | 'sfdx_url' | 'cli';

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
