import { randomBytes } from 'node:crypto';
import type { Fault } from './faults.js';
import type { LoggedRequest } from './requests.js';
import type { SObjectOverride } from './schema/schema.js';

/** Limits of the org that can be set to a small number, so that a test meets them; with their defaults. */
const LIMITS = {
  /** Bytes of any JSON body; above it the gateway answers 413 with HTML. */
  collectionBytes: 10_000_000,
  /** Bytes of a request URI, and of URI and headers together. */
  uriBytes: 16_384,
  /** Bytes of one bulk upload. */
  bulkUploadBytes: 100_000_000,
  /** Internal bulk batches per day. */
  dailyBulkApiBatches: 15_000,
  /** Data calls under way at once; no limit by default. Above it a call is 403 `ConcurrentPerOrgLongTxn`. */
  concurrentRequests: Number.POSITIVE_INFINITY,
  /** Records of one page of query results. */
  queryRecords: 2000,
  /** Jobs of one page of the job list. */
  listedJobs: 1000,
};

/** How ingest jobs are worked on; with the defaults. */
const BULK = {
  /** Milliseconds a closed job waits before it is taken up. */
  queueMs: 2,
  /** Rows per internal batch. */
  batchSize: 10_000,
  /** Rows per chunk, the unit of duplicate checks. */
  chunkSize: 200,
  /** Milliseconds per batch. */
  batchTimeMs: 0,
  /** Milliseconds per row. */
  recordTimeMs: 0,
  /** Batches of one job worked on side by side. */
  parallelBatches: 2,
};

const DEFAULTS = {
  seed: 1,
  clientId: '3MVG9.Emulated_Client.Id',
  username: 'loader@emulator.example',
  rotateRefreshTokens: false,
  refreshNeedsSecret: false,
  latencyMs: 0,
  recordTimeMs: 0,
  apiLimit: 100_000,
  apiUsed: 0,
  tokenLifetimeRequests: Number.POSITIVE_INFINITY,
  lockRate: 0,
  recordBodies: false,
  maxRequests: 10_000,
};

export type EmulatorLimits = Readonly<typeof LIMITS>;
export type BulkOptions = Readonly<typeof BULK>;

/** What an emulator can be told when it starts. Everything is optional. */
export interface EmulatorOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Seed of everything that is left to chance; 1. */
  readonly seed?: number;
  readonly clientId?: string;
  /** Made anew at each start unless given. */
  readonly clientSecret?: string;
  /** The user of every session; `loader@emulator.example`. */
  readonly username?: string;
  /** PEM of the certificate or public RSA key that JWT assertions are checked with; by default that of a new key. */
  readonly jwtCertificate?: string;
  /** Each refresh token works once and gives the next; false. */
  readonly rotateRefreshTokens?: boolean;
  /** A refresh token is good with the client's secret only; false, as for the app of the Salesforce CLI, which has none. */
  readonly refreshNeedsSecret?: boolean;
  /** Describe documents, bare or as `sf sobject describe --json` prints them; each replaces or adds an sObject. */
  readonly describes?: readonly unknown[];
  /** Changes to sObjects, by name. */
  readonly sobjects?: Readonly<Record<string, SObjectOverride>>;
  /** Fields by sObject that describe shows as writable but that the user's profile refuses on write. */
  readonly blockedFields?: Readonly<Record<string, readonly string[]>>;
  /** Milliseconds before each answer; 0. */
  readonly latencyMs?: number;
  /** Milliseconds per record of a collections call; 0. */
  readonly recordTimeMs?: number;
  readonly bulk?: Partial<BulkOptions>;
  readonly limits?: Partial<EmulatorLimits>;
  /** Data calls per day; 100,000. Once used up every call is 403 `TotalRequests`. */
  readonly apiLimit?: number;
  /** Calls counted before the first; 0. */
  readonly apiUsed?: number;
  /** Data calls after which a token is expired; no limit by default. */
  readonly tokenLifetimeRequests?: number;
  /** Probability that a row which would be written is refused with `UNABLE_TO_LOCK_ROW`; 0. */
  readonly lockRate?: number;
  /** Faults, as objects or in the grammar of `parseFault`. */
  readonly faults?: readonly (Fault | string)[];
  /** Keep request bodies in `requests` and uploads in `jobs()`; false. */
  readonly recordBodies?: boolean;
  /** How many of the latest requests `requests` holds; 10,000. */
  readonly maxRequests?: number;
  /** Called with each request that has come in, and waited for, before it is carried out: the place to make something happen. */
  readonly onRequest?: (request: LoggedRequest) => void | Promise<void>;
}

/** The options with every gap filled. */
export type Settings = Omit<EmulatorOptions, keyof typeof DEFAULTS> &
  Readonly<typeof DEFAULTS> & {
    readonly clientSecret: string;
    readonly bulk: BulkOptions;
    readonly limits: EmulatorLimits;
  };

export function resolveSettings(options: EmulatorOptions): Settings {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as EmulatorOptions;
  return {
    ...DEFAULTS,
    // With characters that a form must encode, as real ones have.
    clientSecret: `${randomBytes(24).toString('base64')}+/=`,
    ...given,
    bulk: { ...BULK, ...given.bulk },
    limits: { ...LIMITS, ...given.limits },
  };
}
