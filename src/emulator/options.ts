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
  /** Seed of everything that is left to chance. */
  seed: 1,
  clientId: '3MVG9.Emulated_Client.Id',
  /** The user of every session. */
  username: 'loader@emulator.example',
  /** Each refresh token works once and gives the next. */
  rotateRefreshTokens: false,
  /** A refresh token is good with the client's secret only; not so for the app of the Salesforce CLI, which has none. */
  refreshNeedsSecret: false,
  /** Milliseconds before each answer. */
  latencyMs: 0,
  /** Milliseconds per record of a collections call. */
  recordTimeMs: 0,
  /** Data calls per day. Once used up every call is 403 `TotalRequests`. */
  apiLimit: 100_000,
  /** Calls counted before the first. */
  apiUsed: 0,
  /** Data calls after which a token is expired; no limit by default. */
  tokenLifetimeRequests: Number.POSITIVE_INFINITY,
  /** Probability that a row which would be written is refused with `UNABLE_TO_LOCK_ROW`. */
  lockRate: 0,
  /** Keep request bodies in `requests` and uploads in `jobs()`. */
  recordBodies: false,
  /** How many of the latest requests `requests` holds. */
  maxRequests: 10_000,
};

export type EmulatorLimits = Readonly<typeof LIMITS>;
export type BulkOptions = Readonly<typeof BULK>;

/** What an emulator can be told when it starts. Everything is optional. */
export interface EmulatorOptions extends Partial<Readonly<typeof DEFAULTS>> {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Made anew at each start unless given. */
  readonly clientSecret?: string;
  /** PEM of the certificate or public RSA key that JWT assertions are checked with; by default that of a new key. */
  readonly jwtCertificate?: string;
  /** Describe documents, bare or as `sf sobject describe --json` prints them; each replaces or adds an sObject. */
  readonly describes?: readonly unknown[];
  /** Changes to sObjects, by name. */
  readonly sobjects?: Readonly<Record<string, SObjectOverride>>;
  /** Fields by sObject that describe shows as writable but that the user's profile refuses on write. */
  readonly blockedFields?: Readonly<Record<string, readonly string[]>>;
  readonly bulk?: Partial<BulkOptions>;
  readonly limits?: Partial<EmulatorLimits>;
  /** Faults, as objects or in the grammar of `parseFault`. */
  readonly faults?: readonly (Fault | string)[];
  /** Called with each request that has come in, and waited for, before it is carried out: the place to make something happen. */
  readonly onRequest?: (request: LoggedRequest) => void | Promise<void>;
}

/** The options with every gap filled. */
export type Settings = ReturnType<typeof resolveSettings>;

export function resolveSettings(options: EmulatorOptions) {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return {
    // With characters that a form must encode, as real ones have.
    ...{ ...DEFAULTS, clientSecret: `${randomBytes(24).toString('base64')}+/=` },
    ...(given as Omit<EmulatorOptions, keyof typeof DEFAULTS | 'clientSecret'>),
    bulk: { ...BULK, ...options.bulk },
    limits: { ...LIMITS, ...options.limits },
  };
}
