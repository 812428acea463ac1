import { FaultPlan } from './faults/plan.js';
import { IdSequence } from './ids.js';
import { resolveSettings, type EmulatorOptions, type Settings } from './options.js';
import { Random } from './random.js';
import { History } from './records/history.js';
import { Store, type StoredRow } from './records/store.js';
import type { StoredValue } from './records/row.js';
import { buildSchema, type Schema, type SObjectType } from './schema/schema.js';
import { IngestJobs } from './bulk/jobs.js';
import type { QueryRecord } from './soql/execute.js';
import { JwtKeys } from './oauth/jwt-keys.js';
import { RefreshTokens } from './oauth/refresh-tokens.js';
import { Tokens } from './tokens.js';

/** The emulated org: everything that outlives a request. */
export class Org {
  readonly settings: Settings;
  readonly schema: Schema;
  readonly store: Store;
  readonly history = new History();
  readonly ids: IdSequence;
  readonly random: Random;
  readonly faults: FaultPlan;
  readonly tokens: Tokens;
  readonly refreshTokens: RefreshTokens;
  readonly jwtKeys: JwtKeys;
  readonly jobs: IngestJobs;
  readonly orgId: string;
  readonly userId: string;
  /** Set once the server listens. */
  url = '';
  /** Query results that did not fit on one page, by locator. */
  readonly queryCursors = new Map<string, QueryRecord[]>();
  apiUsed: number;
  bulkBatchesUsed = 0;
  /** Names in lower case, `sobject.field`. */
  readonly #blocked: ReadonlySet<string>;
  readonly #autoNumbers = new Map<string, number>();

  constructor(options: EmulatorOptions) {
    this.settings = resolveSettings(options);
    this.schema = buildSchema(options.describes ?? [], options.sobjects ?? {});
    this.store = new Store(this.schema);
    this.random = new Random(this.settings.seed);
    this.ids = new IdSequence(62 ** 5 * 9 + this.random.below(62 ** 5 * 20));
    this.faults = new FaultPlan(this.random.fork('faults'), options.faults ?? []);
    this.orgId = this.ids.next('00D');
    this.tokens = new Tokens(this.orgId, this.settings.tokenLifetimeRequests);
    this.refreshTokens = new RefreshTokens(this.settings.rotateRefreshTokens);
    this.jwtKeys = new JwtKeys(this.settings.jwtCertificate);
    this.apiUsed = options.apiUsed ?? 0;
    this.#blocked = new Set(
      Object.entries(options.blockedFields ?? {}).flatMap(([sobject, fields]) =>
        fields.map((field) => `${sobject}.${field}`.toLowerCase()),
      ),
    );
    this.userId = this.#createUser();
    this.jobs = new IngestJobs(this);
  }

  /** Of the user, as token replies name it. */
  get identityUrl(): string {
    return `${this.url}/id/${this.orgId}/${this.userId}`;
  }

  get isDiscarding(): boolean {
    return !this.settings.keepRecords;
  }

  isBlocked(type: SObjectType, fieldName: string): boolean {
    return this.#blocked.size > 0 && this.#blocked.has(`${type.name}.${fieldName}`.toLowerCase());
  }

  create(type: SObjectType, values: Record<string, StoredValue>, by: string): StoredRow {
    const id = this.ids.next(type.keyPrefix);
    const nowMs = Date.now();
    const row: StoredRow = { id, type, values, isDeleted: false, createdMs: nowMs, modifiedMs: nowMs };
    if (this.isDiscarding) return row;
    for (const field of type.document.fields) {
      if (field.autoNumber) values[field.name] = this.#autoNumber(type.name);
    }
    this.store.table(type).insert(row);
    this.history.add(row, 'created', row.values, by);
    return row;
  }

  update(row: StoredRow, change: Record<string, StoredValue>, by: string): void {
    if (this.isDiscarding) return;
    this.store.table(row.type).update(row, change, Date.now());
    this.history.add(row, 'updated', change, by);
  }

  /** Deletes the record and, with it, its master-detail children. */
  delete(row: StoredRow, by: string): void {
    if (row.isDeleted) return;
    this.store.table(row.type).delete(row);
    this.history.add(row, 'deleted', {}, by);
    for (const child of [...this.store.childrenOf(row, 'cascadeDelete')]) this.delete(child, by);
  }

  #autoNumber(typeName: string): string {
    const next = (this.#autoNumbers.get(typeName) ?? 0) + 1;
    this.#autoNumbers.set(typeName, next);
    return String(next).padStart(8, '0');
  }

  #createUser(): string {
    const type = this.schema.type('User');
    if (!type) return this.ids.next('005');
    const id = this.ids.next(type.keyPrefix);
    const values = {
      Username: this.settings.username,
      LastName: 'Loader',
      Email: this.settings.username,
      Alias: 'loader',
      IsActive: true,
    };
    const nowMs = Date.now();
    this.store.table(type).insert({ id, type, values, isDeleted: false, createdMs: nowMs, modifiedMs: nowMs });
    return id;
  }
}
