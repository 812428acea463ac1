import { IngestJob, type EmulatedJob } from './bulk/job.js';
import type { Fault } from './faults.js';
import type { EmulatorOptions } from './options.js';
import { Org } from './org.js';
import { plainRecord } from './records/read.js';
import type { RecordVersion, StoredRecord } from './records/store.js';
import type { LoggedRequest } from './requests.js';
import { abort, forget, jobOf } from './routes/jobs.js';
import { HttpServer } from './server.js';

/**
 * A Salesforce org in a process of one's own: an HTTP server on 127.0.0.1 with records that live as long as it does.
 *
 *     const emulator = await Emulator.start();
 *     // … point a client at emulator.url with emulator.clientId and emulator.clientSecret …
 *     emulator.records('Account');
 *     await emulator.stop();
 */
export class Emulator {
  /** For example `http://127.0.0.1:40123`; both the login host and the instance. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The user of every session, and the only one whom a JWT may name. */
  readonly username: string;
  readonly #org: Org;
  readonly #server: HttpServer;

  /**
   * Starts an org and waits until it listens.
   * @throws UsageError for describe documents, overrides, faults or a certificate that cannot be read; the system's error for a port in use
   */
  static async start(options: EmulatorOptions = {}): Promise<Emulator> {
    const org = new Org(options);
    const server = new HttpServer(org);
    org.url = await server.listen(options.port ?? 0);
    return new Emulator(org, server);
  }

  private constructor(org: Org, server: HttpServer) {
    this.#org = org;
    this.#server = server;
    this.url = org.url;
    this.clientId = org.settings.clientId;
    this.clientSecret = org.settings.clientSecret;
    this.username = org.settings.username;
  }

  /** PEM of the RSA key that signs JWT assertions; undefined with `jwtCertificate`, whose key is the caller's own. */
  get privateKey(): string | undefined {
    return this.#org.jwtKeys.privateKey;
  }

  /** The refresh token that works now; another one after each use with `rotateRefreshTokens`. */
  get refreshToken(): string {
    return this.#org.tokens.refreshToken;
  }

  /** The same login for the app of the Salesforce CLI, as `sf org auth show-sfdx-auth-url` would print it. */
  get sfdxAuthUrl(): string {
    return `force://PlatformCLI::${this.refreshToken}@${new URL(this.url).host}`;
  }

  /**
   * The live records of an sObject in creation order: `Id` and every field that was ever written, with null for a
   * cleared one. What the org adds by itself (CreatedDate, OwnerId, defaults, compound names) is left out. Numbers are
   * plain where that prints the digits as written and a `LosslessNumber` otherwise: `String(value)` is always the text.
   * Text is trimmed, datetimes are UTC like `2025-12-31T22:59:59.000+0000`, references are 18-character Ids.
   */
  records(sobject: string): StoredRecord[] {
    const type = this.#org.schema.type(sobject);
    if (!type) throw new Error(`The emulator has no sObject ${sobject}.`);
    const rows = [...this.#org.store.table(type).rows.values()];
    return rows.filter((row) => !row.isDeleted).map(plainRecord);
  }

  /** Every committed change of an sObject's records, in commit order. */
  history(sobject: string): RecordVersion[] {
    const name = this.#org.schema.type(sobject)?.name ?? sobject;
    return this.#org.history.filter((version) => version.sobject === name);
  }

  /** The latest requests, oldest first; see `maxRequests` and `recordBodies`. */
  get requests(): readonly LoggedRequest[] {
    return this.#server.requests;
  }

  /** All bulk ingest jobs that were not deleted, in creation order. */
  jobs(): EmulatedJob[] {
    return [...this.#org.jobs.values()].flatMap((job) => (job instanceof IngestJob ? [job.view()] : []));
  }

  /** Data calls counted so far. */
  get apiUsed(): number {
    return this.#org.apiUsed;
  }

  /** An access token, as the token endpoint would issue it. */
  issueToken(): string {
    return this.#org.tokens.issue();
  }

  /** Every token issued so far becomes `INVALID_SESSION_ID`; new ones can be had. */
  expireTokens(): void {
    this.#org.tokens.expireAll();
  }

  /** The token endpoint refuses from now on, and every token is expired. */
  revokeClient(): void {
    this.#org.tokens.isRevoked = true;
    this.#org.tokens.expireAll();
  }

  /** The token endpoint issues tokens again. */
  grantClient(): void {
    this.#org.tokens.isRevoked = false;
  }

  /** Connections are refused from now on, and none is kept. Requests that have come in are still answered. */
  refuseConnections(): void {
    this.#server.refuse();
  }

  /**
   * Connections are taken again, on the same port. Rejects with the system's error when somebody else has taken it: a port
   * that was free by chance may be given away meanwhile.
   */
  async acceptConnections(): Promise<void> {
    await this.#server.accept();
  }

  /** @param fault an object, or text in the grammar of `parseFault` */
  addFault(fault: Fault | string): void {
    this.#org.faults.add(fault);
  }

  clearFaults(): void {
    this.#org.faults.clear();
  }

  /** Aborts a bulk job as an administrator would. */
  abortJob(id: string): void {
    abort(jobOf(this.#org, id, IngestJob));
  }

  /** Removes a bulk job as an administrator would, with its results, whatever its state. */
  deleteJob(id: string): void {
    forget(this.#org, jobOf(this.#org, id, IngestJob));
  }

  /** Ends all connections and all work. */
  async stop(): Promise<void> {
    this.#org.stopping.abort();
    await this.#server.close();
  }
}
