import type { Job } from './bulk/job.js';
import { fillData } from './data.js';
import { FaultPlan } from './faults.js';
import { IdSequence } from './ids.js';
import { JwtKeys, Tokens } from './oauth.js';
import { resolveSettings, type EmulatorOptions, type Settings } from './options.js';
import { Random } from './random.js';
import type { AssignmentRule, StoredValue } from './records/row.js';
import { Store, type RecordVersion, type RowChange, type StoredRow } from './records/store.js';
import { buildSchema, type Schema, type SObjectType } from './schema/schema.js';
import type { QueryCursor } from './soql/execute.js';

/** A record that was there before the first request. */
interface FirstRecord {
  readonly sobject: string;
  readonly id: string;
  readonly values: StoredRow['values'];
  /** Of an assignment rule: whose its records become. */
  readonly queueId?: string;
}

/** The emulated org: everything that outlives a request. */
export class Org {
  readonly settings: Settings;
  readonly schema: Schema;
  readonly store: Store;
  /** Every committed change, in commit order. */
  readonly history: RecordVersion[] = [];
  readonly ids: IdSequence;
  readonly random: Random;
  readonly faults: FaultPlan;
  readonly tokens: Tokens;
  readonly jwtKeys: JwtKeys;
  readonly jobs = new Map<string, Job>();
  readonly startedMs = Date.now();
  readonly orgId: string;
  readonly userId: string;
  readonly assignmentRules = new Map<string, AssignmentRule>();
  /** Set once the server listens. */
  url = '';
  /** Query results that did not fit on one page, by locator. */
  readonly queryCursors = new Map<string, QueryCursor>();
  /** Ends all work that goes on by itself. */
  readonly stopping = new AbortController();
  apiUsed: number;
  bulkBatchesUsed = 0;
  /** Names in lower case, `sobject.field`. */
  readonly #blocked: ReadonlySet<string>;
  readonly #autoNumbers = new Map<string, number>();
  /** While a transaction is under way: how each of its changes is taken back. */
  #undo: (() => void)[] | undefined;

  constructor(options: EmulatorOptions) {
    this.settings = resolveSettings(options);
    this.schema = buildSchema(options.describes ?? [], options.sobjects ?? {});
    this.store = new Store(this.schema);
    this.random = new Random(this.settings.seed);
    this.ids = new IdSequence(62 ** 5 * 9 + this.random.below(62 ** 5 * 20));
    this.faults = new FaultPlan(this.random.fork('faults'), options.faults ?? []);
    this.orgId = this.ids.next('00D');
    this.tokens = new Tokens(this.orgId, this.settings.tokenLifetimeRequests);
    this.jwtKeys = new JwtKeys(this.settings.jwtCertificate);
    this.apiUsed = this.settings.apiUsed;
    this.#blocked = new Set(
      Object.entries(options.blockedFields ?? {}).flatMap(([sobject, fields]) =>
        fields.map((field) => `${sobject}.${field}`.toLowerCase()),
      ),
    );
    this.userId = this.ids.next('005');
    const values = { org: this.orgId, user: this.userId, username: this.settings.username };
    for (const record of fillData('records.json', values) as FirstRecord[]) this.#insert(record);
  }

  /** Of the user, as token replies name it. */
  get identityUrl(): string {
    return `${this.url}/id/${this.orgId}/${this.userId}`;
  }

  isBlocked(type: SObjectType, fieldName: string): boolean {
    return this.#blocked.size > 0 && this.#blocked.has(`${type.name}.${fieldName}`.toLowerCase());
  }

  create(type: SObjectType, values: Record<string, StoredValue>, by: string, assignedOwnerId?: string): StoredRow {
    const row = newStoredRow(type, this.ids.next(type.keyPrefix), values, assignedOwnerId);
    for (const field of type.document.fields) {
      if (field.autoNumber) values[field.name] = this.#autoNumber(type.name);
    }
    this.store.table(type).insert(row);
    this.#undo?.push(() => this.store.table(type).remove(row));
    this.#record(row, 'created', row.values, by);
    return row;
  }

  update(row: StoredRow, values: Record<string, StoredValue>, by: string, assignedOwnerId?: string): void {
    this.#change(row, { values: { ...row.values, ...values }, modifiedMs: Date.now(), assignedOwnerId });
    this.#record(row, 'updated', values, by);
  }

  /** Deletes the record and, with it, its master-detail children. */
  delete(row: StoredRow, by: string): void {
    if (row.isDeleted) return;
    this.#change(row, { isDeleted: true, modifiedMs: Date.now() });
    this.#record(row, 'deleted', {}, by);
    for (const child of [...this.store.childrenOf(row, 'cascadeDelete')]) this.delete(child, by);
  }

  /** Does some work as one transaction: of what turns out not to be good nothing is left. */
  transaction<T>(work: () => T, isGood: (result: T) => boolean): T {
    const outer = this.#undo;
    const undo: (() => void)[] = [];
    const { length } = this.history;
    this.#undo = undo;
    try {
      const result = work();
      if (isGood(result)) {
        outer?.push(...undo);
      } else {
        for (const one of undo.reverse()) one();
        this.history.length = length;
      }
      return result;
    } finally {
      this.#undo = outer;
    }
  }

  #record(row: StoredRow, change: RecordVersion['change'], fields: RecordVersion['fields'], by: string): void {
    this.history.push({ sobject: row.type.name, id: row.id, change, fields, by });
  }

  #change(row: StoredRow, change: RowChange): void {
    const { values, isDeleted, modifiedMs, assignedOwnerId } = row;
    const table = this.store.table(row.type);
    table.change(row, change);
    this.#undo?.push(() => table.change(row, { values, isDeleted, modifiedMs, assignedOwnerId }));
  }

  #autoNumber(typeName: string): string {
    const next = (this.#autoNumbers.get(typeName) ?? 0) + 1;
    this.#autoNumbers.set(typeName, next);
    return String(next).padStart(8, '0');
  }

  #insert({ sobject, id, values, queueId }: FirstRecord): void {
    const type = this.schema.type(sobject);
    if (type) this.store.table(type).insert(newStoredRow(type, id, values));
    if (queueId === undefined) return;
    const rule = { sobject: String(values.SobjectType), isActive: values.Active === true, ownerId: queueId };
    this.assignmentRules.set(id, rule);
  }
}

function newStoredRow(type: SObjectType, id: string, values: StoredRow['values'], assignedOwnerId?: string): StoredRow {
  const nowMs = Date.now();
  return { id, type, values, isDeleted: false, createdMs: nowMs, modifiedMs: nowMs, assignedOwnerId };
}
