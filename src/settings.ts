import type { TopicMapping } from './record.js';

export type Envelope = 'auto' | 'native' | 'kcat' | 'rpk';

/** The part of the lines that this run takes: shard `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** How to reach the org and sign in. Exactly one of the two sign-ins is complete. */
export interface OrgSettings {
  /** `https`, or `http` on a loopback host; no trailing slash. */
  readonly orgUrl: string;
  readonly signIn:
    | { readonly kind: 'client_credentials'; readonly clientId: string; readonly clientSecret: string }
    | { readonly kind: 'access_token'; readonly accessToken: string };
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
  /** Records per bulk job; a realtime batch is at most this and at most 200. `auto`: by the work there is. */
  readonly bulkBatchSize: number | 'auto';
  readonly maxConcurrentBulkJobs: number;
  readonly bulkPollIntervalMs: number;
  readonly batchPeriodMs: number;
  /** Realtime batches in flight at once. `auto`: by what the org takes. */
  readonly maxInFlight: number | 'auto';
  readonly envelope: Envelope;
  readonly shard: Shard;
  readonly unmappedTopics: 'skip' | 'fail';
  readonly unwritableFields: 'drop' | 'fail' | 'send';
  /** Undefined: `sfreplay-<run id>.failed.ndjson` in the working folder. */
  readonly failuresFile: string | undefined;
  readonly successesFile: string | undefined;
  readonly journalFile: string | undefined;
}
