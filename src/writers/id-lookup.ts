import { comparableKey, exactKey } from '../batching/key.js';
import { ReplayStopped } from '../errors.js';
import type { RecordError, Scalar, SourceRecord } from '../record.js';
import { isSameCode } from '../salesforce/error-body.js';
import { RequestError } from '../salesforce/errors.js';
import { queryAll, type QueryRow } from '../salesforce/query.js';
import type { Fates, Slot } from './fates.js';
import type { FieldPlan } from './fields.js';
import { saidBy } from './said-by.js';
import { soqlLiteral } from './soql.js';
import { scalarText } from './values.js';
import type { WriterContext } from './writer.js';

/** The query as it stands in the URL: well below what orgs (16,384 bytes) and proxies take. */
const MAX_QUERY_CHARS = 7_000;

/**
 * Finds the Ids of records that are to be deleted by another field. A record whose Id is found is from then on a delete by
 * Id; the others have failed: `NOT_FOUND`, or `DUPLICATE_EXTERNAL_ID` where several have the key.
 */
export class IdLookup {
  /** Without describe it is not known whether the field holds numbers, until the org complains of quotes. */
  readonly #numberPlans = new WeakSet<FieldPlan>();
  readonly #found = new WeakSet<Slot>();

  constructor(private readonly context: WriterContext) {}

  /** The slots that can be sent: all of them where no Ids are looked up. The others have their outcome. */
  async find(slots: readonly Slot[], fates: Fates, plan: FieldPlan): Promise<readonly Slot[]> {
    const open = plan.looksUpIds ? slots.filter((slot) => !this.#found.has(slot)) : [];
    if (open.length === 0) return slots;
    const found = await this.#find(open, fates, plan);
    return slots.length === open.length ? found : slots.filter((slot) => this.#found.has(slot));
  }

  /** Of records that an earlier run gave to a bulk job: those that are still there are known by their Ids then. */
  async note(slots: readonly Slot[], plan: FieldPlan): Promise<void> {
    if (!plan.looksUpIds) return;
    try {
      const ids = await this.#idsByKey(slots, plan);
      for (const slot of slots) {
        const [id, ...others] = ids.get(exactKeyOf(slot.record, plan) ?? '') ?? [];
        if (id !== undefined && others.length === 0) this.#note(slot, id, plan);
      }
    } catch (error) {
      // The job itself will tell what is the matter with the org.
      if (!(error instanceof RequestError)) throw error;
    }
  }

  async #find(slots: readonly Slot[], fates: Fates, plan: FieldPlan): Promise<Slot[]> {
    if (fates.isStopped(slots)) return [];
    let ids: ReadonlyMap<string, readonly string[]>;
    try {
      ids = await this.#idsByKey(slots, plan);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#takeRequestError(slots, fates, error);
      return [];
    }
    const found: Slot[] = [];
    let hasFailed = false;
    for (const slot of slots) {
      const [id, ...others] = ids.get(exactKeyOf(slot.record, plan) ?? '') ?? [];
      if (id !== undefined && others.length === 0) {
        this.#note(slot, id, plan);
        found.push(slot);
      } else if (id === undefined && slot.mayHaveRun) {
        fates.settleDeleted(slot);
      } else {
        hasFailed = true;
        fates.settle(slot, { kind: 'failed', error: problem(slot.record, plan, 1 + others.length, id !== undefined) });
      }
    }
    if (!hasFailed || !plan.mapping.allOrNone) return found;
    const message = 'Not deleted, because another record of the call cannot be and all_or_none is set';
    fates.settleAll(found, { kind: 'failed', error: { code: 'ALL_OR_NONE_OPERATION_ROLLED_BACK', message } });
    return [];
  }

  #note(slot: Slot, id: string, plan: FieldPlan): void {
    slot.record = deletedById(slot.record, id, plan);
    this.#found.add(slot);
  }

  async #idsByKey(slots: readonly Slot[], plan: FieldPlan): Promise<Map<string, string[]>> {
    const ids = new Map<string, string[]>();
    for (const soql of this.#queries(slots, plan)) {
      for (const row of await this.#query(soql, slots, plan)) {
        // A query ignores case even where an upsert by the field does not.
        const key = exactKey(valueOf(row, plan.keyField ?? ''), plan.keyKind, plan.keyIgnoresCase);
        const id = row['Id'];
        if (key === undefined || typeof id !== 'string') continue;
        const known = ids.get(key);
        if (known === undefined) ids.set(key, [id]);
        else if (!known.includes(id)) known.push(id);
      }
    }
    return ids;
  }

  async #query(soql: string, slots: readonly Slot[], plan: FieldPlan): Promise<QueryRow[]> {
    const { client, aborting: signal, stopping } = this.context;
    try {
      return await queryAll(client, soql, { signal, stopping });
    } catch (error) {
      const mayBeNumbers = plan.keyKind === 'unknown' && !this.#numberPlans.has(plan);
      const isRefused =
        error instanceof RequestError && error.status === 400 && isSameCode(error.code, 'INVALID_FIELD');
      if (!mayBeNumbers || !isRefused) throw error;
      this.#numberPlans.add(plan);
      const rows: QueryRow[] = [];
      for (const numbers of this.#queries(slots, plan)) {
        rows.push(...(await queryAll(client, numbers, { signal, stopping })));
      }
      return rows;
    }
  }

  #queries(slots: readonly Slot[], plan: FieldPlan): string[] {
    const kind = this.#numberPlans.has(plan) ? 'number' : plan.keyKind;
    const literals = slots.flatMap(({ record }) => {
      const literal = soqlLiteral(scalarText(keyValueOf(record, plan)).trim(), kind);
      return literal === undefined ? [] : [literal];
    });
    return inQueries(`SELECT Id, ${plan.keyField} FROM ${plan.sobject} WHERE ${plan.keyField} IN `, literals);
  }

  /** Nothing was deleted. Failed by the org's own word; else the org cannot be reached, and the run ends. */
  #takeRequestError(slots: readonly Slot[], fates: Fates, error: RequestError): void {
    fates.stop ??= error.stop;
    const { stopping } = this.context;
    if (fates.stop === undefined && error.outcome !== 'refused' && !stopping.aborted) {
      fates.stop = new ReplayStopped(error.code, error.message);
    }
    if (fates.stop !== undefined || stopping.aborted) fates.leaveUnsent(slots, saidBy(error));
    else fates.settleAll(slots, { kind: 'failed', error: saidBy(error) });
  }
}

/** Queries that ask for all literals between them, each short enough for a URL. */
export function inQueries(start: string, literals: readonly string[], maxChars = MAX_QUERY_CHARS): string[] {
  const queries: string[] = [];
  let list: string[] = [];
  let chars = 0;
  const close = (): void => {
    if (list.length > 0) queries.push(`${start}(${list.join(',')})`);
    list = [];
    chars = charsInUrl(`${start}()`);
  };
  close();
  for (const literal of literals) {
    const more = charsInUrl(`${literal},`);
    if (chars + more > maxChars) close();
    list.push(literal);
    chars += more;
  }
  close();
  return queries;
}

function charsInUrl(text: string): number {
  return new URLSearchParams([['', text]]).toString().length;
}

function keyValueOf({ fields }: SourceRecord, { keyField }: FieldPlan): Exclude<Scalar, null> {
  const at = fields.columns.findIndex(({ field }) => field === keyField);
  return fields.values[at] as Exclude<Scalar, null>;
}

function exactKeyOf(record: SourceRecord, plan: FieldPlan): string | undefined {
  return exactKey(keyValueOf(record, plan), plan.keyKind, plan.keyIgnoresCase);
}

/** Names come back as the org spells them. */
function valueOf(row: QueryRow, name: string): string | number | boolean | undefined {
  const [, value] = Object.entries(row).find(([other]) => other.toLowerCase() === name.toLowerCase()) ?? [];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

function deletedById(record: SourceRecord, id: string, plan: FieldPlan): SourceRecord {
  const target = plan.byId.target('Id');
  const columns = target.kind === 'column' ? [target.column] : [];
  return { ...record, key: comparableKey(id, 'id'), fields: { columns, values: [id] } };
}

function problem(record: SourceRecord, plan: FieldPlan, count: number, isThere: boolean): RecordError {
  const key = `${plan.keyField} ${scalarText(keyValueOf(record, plan)).trim()}`;
  const fields = plan.keyField === undefined ? [] : [plan.keyField];
  return isThere
    ? { code: 'DUPLICATE_EXTERNAL_ID', message: `${count} records of ${plan.sobject} have the ${key}`, fields }
    : { code: 'NOT_FOUND', message: `No record of ${plan.sobject} has the ${key}`, fields };
}
