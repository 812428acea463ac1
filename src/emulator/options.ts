import { randomBytes } from 'node:crypto';
import type { Fault } from './faults.js';
import type { LoggedRequest } from './requests.js';
import type { SObjectOverride } from './schema/schema.js';

/** Limits of the org; each can be set to a small number so that a test meets it. */
export interface EmulatorLimits {
  /** Records per collections call; 200. */
  readonly collectionRecords: number;
  /** Runs of one type per collections call; 10. */
  readonly collectionChunks: number;
  /** Bytes of any JSON body; above it the gateway answers 413 with HTML. 10,000,000. */
  readonly collectionBytes: number;
  /** Bytes of a request URI, and of URI and headers together; 16,384. */
  readonly uriBytes: number;
  /** Bytes of one bulk upload; 100,000,000. */
  readonly bulkUploadBytes: number;
  /** Characters of the data part of a multipart job; 100,000. */
  readonly multipartChars: number;
  /** Characters of a CSV header row; 32,000. */
  readonly headerChars: number;
  /** Characters of one field's value; 131,072. */
  readonly fieldChars: number;
  /** Data calls per day; 100,000. Once used up every call is 403 `TotalRequests`. */
  readonly dailyApiRequests: number;
  /** Internal bulk batches per day; 15,000. */
  readonly dailyBulkApiBatches: number;
  /** Data calls under way at once; no limit by default. Above it a call is 403 `ConcurrentPerOrgLongTxn`. */
  readonly concurrentRequests: number;
  /** Records of one page of query results; 2,000. */
  readonly queryRecords: number;
  /** Jobs of one page of the job list; 1,000. */
  readonly listedJobs: number;
}

/** How ingest jobs are worked on. */
export interface BulkOptions {
  /** Milliseconds a closed job waits before it is taken up; 2. */
  readonly queueMs: number;
  /** Rows per internal batch; 10,000. */
  readonly batchSize: number;
  /** Rows per chunk, the unit of duplicate checks; 200. */
  readonly chunkSize: number;
  /** Milliseconds per batch; 0. */
  readonly batchTimeMs: number;
  /** Milliseconds per row; 0. */
  readonly recordTimeMs: number;
  /** Batches of one job worked on side by side; 2. */
  readonly parallelBatches: number;
}

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
  /** Same as `limits.dailyApiRequests`. */
  readonly apiLimit?: number;
  /** Calls counted before the first; 0. */
  readonly apiUsed?: number;
  /** Data calls after which a token is expired; no limit by default. */
  readonly tokenLifetimeRequests?: number;
  /** Probability that a row which would be written is refused with `UNABLE_TO_LOCK_ROW`; 0. */
  readonly lockRate?: number;
  /** Faults, as objects or in the grammar of `parseFault`. */
  readonly faults?: readonly (Fault | string)[];
  /** False: records are checked and counted but neither stored nor remembered in the history. For benchmarks. True by default. */
  readonly keepRecords?: boolean;
  /** Keep request bodies in `requests` and uploads in `jobs()`; false. */
  readonly recordBodies?: boolean;
  /** How many of the latest requests `requests` holds; 10,000. */
  readonly maxRequests?: number;
  /** Called with each request that has come in, and waited for, before it is carried out: the place to make something happen. */
  readonly onRequest?: (request: LoggedRequest) => void | Promise<void>;
}

/** The options with every gap filled. */
export interface Settings {
  readonly seed: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly jwtCertificate: string | undefined;
  readonly rotateRefreshTokens: boolean;
  readonly refreshNeedsSecret: boolean;
  readonly latencyMs: number;
  readonly recordTimeMs: number;
  readonly bulk: BulkOptions;
  readonly limits: EmulatorLimits;
  readonly tokenLifetimeRequests: number;
  readonly lockRate: number;
  readonly keepRecords: boolean;
  readonly recordBodies: boolean;
  readonly maxRequests: number;
  readonly onRequest: EmulatorOptions['onRequest'];
}

const LIMITS: EmulatorLimits = {
  collectionRecords: 200,
  collectionChunks: 10,
  collectionBytes: 10_000_000,
  uriBytes: 16_384,
  bulkUploadBytes: 100_000_000,
  multipartChars: 100_000,
  headerChars: 32_000,
  fieldChars: 131_072,
  dailyApiRequests: 100_000,
  dailyBulkApiBatches: 15_000,
  concurrentRequests: Number.POSITIVE_INFINITY,
  queryRecords: 2000,
  listedJobs: 1000,
};

const BULK: BulkOptions = {
  queueMs: 2,
  batchSize: 10_000,
  chunkSize: 200,
  batchTimeMs: 0,
  recordTimeMs: 0,
  parallelBatches: 2,
};

export function resolveSettings(options: EmulatorOptions): Settings {
  const limits = { ...LIMITS, ...options.limits };
  return {
    seed: options.seed ?? 1,
    clientId: options.clientId ?? '3MVG9.Emulated_Client.Id',
    clientSecret: options.clientSecret ?? newSecret(),
    username: options.username ?? 'loader@emulator.example',
    jwtCertificate: options.jwtCertificate,
    rotateRefreshTokens: options.rotateRefreshTokens ?? false,
    refreshNeedsSecret: options.refreshNeedsSecret ?? false,
    latencyMs: options.latencyMs ?? 0,
    recordTimeMs: options.recordTimeMs ?? 0,
    bulk: { ...BULK, ...options.bulk },
    limits: options.apiLimit === undefined ? limits : { ...limits, dailyApiRequests: options.apiLimit },
    tokenLifetimeRequests: options.tokenLifetimeRequests ?? Number.POSITIVE_INFINITY,
    lockRate: options.lockRate ?? 0,
    keepRecords: options.keepRecords ?? true,
    recordBodies: options.recordBodies ?? false,
    maxRequests: options.maxRequests ?? 10_000,
    onRequest: options.onRequest,
  };
}

/** With characters that a form must encode, as real ones have. */
function newSecret(): string {
  return `${randomBytes(24).toString('base64')}+/=`;
}
