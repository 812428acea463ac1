import type { TopicMapping } from './record.js';

export type Envelope = 'auto' | 'native' | 'kcat' | 'rpk';

/** The part of the lines that this run takes: shard `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** How to sign in; complete. Secrets are here in full, read from their files. */
export type SignInSettings =
  | { readonly kind: 'access_token'; readonly accessToken: string }
  | { readonly kind: 'client_credentials'; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly kind: 'jwt';
      readonly clientId: string;
      readonly username: string;
      /** An RSA key as PEM, not encrypted. */
      readonly privateKey: string;
      readonly audience: string;
    }
  | ({ readonly kind: 'refresh_token' } & RefreshTokenSettings)
  | ({ readonly kind: 'sfdx_url'; readonly loginUrl: string } & RefreshTokenSettings)
  /** An alias or a user name that the Salesforce CLI is logged in with. */
  | { readonly kind: 'cli'; readonly targetOrg: string };

/** What each sign-in is called where it is told of. */
export const SIGN_IN_NAMES = {
  access_token: 'access token',
  client_credentials: 'client credentials',
  jwt: 'JWT bearer',
  refresh_token: 'refresh token',
  sfdx_url: 'SFDX auth URL',
  cli: 'Salesforce CLI',
} as const satisfies Readonly<Record<SignInSettings['kind'], string>>;

interface RefreshTokenSettings {
  readonly clientId: string;
  /** Undefined where the app asks for none. */
  readonly clientSecret: string | undefined;
  readonly refreshToken: string;
}

/** How to reach the org and sign in. */
export interface OrgSettings {
  /**
   * `https`, or `http` on a loopback host; no trailing slash. Undefined only where the sign-in (`cli`, `sfdx_url`) says which
   * org it is; where it is given with one of those, another org is refused.
   */
  readonly orgUrl: string | undefined;
  readonly signIn: SignInSettings;
  /** For example `v65.0`. */
  readonly restapiVersion: string;
  readonly requestTimeoutMs: number;
  readonly maxRetries: number;
  readonly proxyUrl: string | undefined;
  /** A PEM file of further certificate authorities. */
  readonly rootCasFile: string | undefined;
  /** `Sforce-*` headers, sent with every write. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Everything a replay needs to know: complete, checked, in plain units. Made by the config room alone. */
export interface Settings {
  /** Undefined only for `check --offline`. */
  readonly org: OrgSettings | undefined;
  readonly mappings: readonly TopicMapping[];
  /** Those that come from a `--map`, by index, with the flag as typed. */
  readonly mapFlags?: ReadonlyMap<number, string>;
  /** Records per bulk job; a realtime batch is at most this and at most 200. `auto`: by the work there is. */
  readonly bulkBatchSize: number | 'auto';
  readonly maxConcurrentBulkJobs: number;
  readonly bulkPollIntervalMs: number;
  readonly batchPeriodMs: number;
  /** Realtime batches in flight at once. `auto`: by what the org takes. */
  readonly maxInFlight: number | 'auto';
  /** The run stops when so many lines have failed. Undefined: it goes on whatever fails. A share is above 0 and at most 1. */
  readonly maxFailures: { readonly count: number } | { readonly share: number } | undefined;
  /** The run stops before the org's API calls of 24 hours used pass this share, above 0 and at most 1. */
  readonly maxApiUsage: number | undefined;
  /** Records are read before they are sent, and those that the org holds as they are are not sent. */
  readonly onlyChanges: boolean;
  readonly envelope: Envelope;
  readonly shard: Shard;
  readonly unmappedTopics: 'skip' | 'fail';
  readonly unwritableFields: 'drop' | 'fail' | 'send';
  /** Undefined: `sfreplay-<run id>.failed.ndjson` in the working folder. */
  readonly failuresFile: string | undefined;
  readonly successesFile: string | undefined;
  readonly journalFile: string | undefined;
  /** For the HTML page about the run, which is written by whoever starts it: the run itself knows of none. */
  readonly reportFile: string | undefined;
}
