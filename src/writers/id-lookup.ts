import type { Column, RecordFields } from '../core/record.js';
import type { FieldPlan } from '../records/field-plan.js';
import { RequestError } from '../salesforce/errors.js';
import type { BatchOutcomes, PendingRecord } from './batch-outcomes.js';
import { keyProblem, keyValueOf, PresentValues, type KeyValue, type PresentRow } from './present-values.js';
import type { WriterContext } from './writer.js';

/**
 * Finds the Ids of records that are to be updated or deleted by another field. A record whose Id is found is sent by Id from
 * then on; the others have failed: `NOT_FOUND`, or `DUPLICATE_EXTERNAL_ID` where several have the key.
 */
export class IdLookup {
  readonly #present = new WeakMap<FieldPlan, PresentValues>();
  /** Records of one shape are given one array of columns. */
  readonly #columnsById = new WeakMap<readonly Column[], readonly Column[]>();

  constructor(private readonly context: WriterContext) {}

  /** The records that can be sent: all of them where no Ids are looked up. The others are settled. */
  async find(
    pending: readonly PendingRecord[],
    outcomes: BatchOutcomes,
    plan: FieldPlan,
  ): Promise<readonly PendingRecord[]> {
    const isOpen = ({ record }: PendingRecord): boolean => plan.looksUpIds && record.foundId === undefined;
    const open = pending.filter(isOpen);
    if (open.length === 0) return pending;
    const known = pending.filter((one) => !isOpen(one));
    return [...known, ...(await this.#find(open, outcomes, plan))];
  }

  /** Of records that an earlier run gave to a bulk job: those that are still there are known by their Ids then. */
  async note(pending: readonly PendingRecord[], plan: FieldPlan): Promise<void> {
    if (!plan.looksUpIds) return;
    try {
      for (const [one, rows] of await this.#read(pending, plan)) this.#note(one, rows, plan);
    } catch (error) {
      // The job itself will tell what is the matter with the org.
      if (!(error instanceof RequestError)) throw error;
    }
  }

  async #find(pending: readonly PendingRecord[], outcomes: BatchOutcomes, plan: FieldPlan): Promise<PendingRecord[]> {
    if (outcomes.isStopped(pending)) return [];
    let rowsOf;
    try {
      rowsOf = await this.#read(pending, plan);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      outcomes.settleUnwritten(pending, error);
      return [];
    }
    const { operation, allOrNone } = plan.mapping;
    const found: PendingRecord[] = [];
    let hasFailed = false;
    for (const one of pending) {
      const rows = rowsOf.get(one) ?? [];
      if (this.#note(one, rows, plan)) {
        found.push(one);
      } else if (rows.length === 0 && one.mayHaveRun && operation === 'delete') {
        outcomes.settleDeleted(one);
      } else {
        hasFailed = true;
        const error = keyProblem(plan, keyValueOf(one.record, plan), rows.length);
        outcomes.settle(one, { kind: 'failed', error });
      }
    }
    if (!hasFailed || !allOrNone) return found;
    const message = `Not ${operation}d, because another record of the call cannot be and all_or_none is set`;
    outcomes.settleAll(found, { kind: 'failed', error: { code: 'ALL_OR_NONE_OPERATION_ROLLED_BACK', message } });
    return [];
  }

  /** False where there is not one record, but none or several. */
  #note(one: PendingRecord, [row, ...others]: readonly PresentRow[], plan: FieldPlan): boolean {
    if (row?.id === undefined || others.length > 0) return false;
    one.record = { ...one.record, foundId: row.id, fields: this.#fieldsById(one.record.fields, row.id, plan) };
    return true;
  }

  /** An update says all but the key, which the record has already. */
  #fieldsById({ columns, values }: RecordFields, id: string, plan: FieldPlan): RecordFields {
    const isSent = ({ field }: Column): boolean => plan.mapping.operation === 'update' && field !== plan.keyField;
    let byId = this.#columnsById.get(columns);
    if (byId === undefined) {
      const target = plan.byId.target('Id');
      byId = [...(target.kind === 'column' ? [target.column] : []), ...columns.filter(isSent)];
      this.#columnsById.set(columns, byId);
    }
    return { columns: byId, values: [id, ...values.filter((_, at) => isSent(columns[at] as Column))] };
  }

  /** What the org has of each. Throws a `RequestError`. */
  async #read(pending: readonly PendingRecord[], plan: FieldPlan): Promise<Map<PendingRecord, readonly PresentRow[]>> {
    const { client, aborting: signal, stopping } = this.context;
    let present = this.#present.get(plan);
    if (present === undefined) {
      present = new PresentValues(plan, { client, signal, stopping });
      this.#present.set(plan, present);
    }
    const keyOf = ({ record }: PendingRecord): KeyValue => keyValueOf(record, plan);
    const found = new Map<PendingRecord, readonly PresentRow[]>();
    await present.read(pending, keyOf, [], (one, rows) => found.set(one, rows));
    return found;
  }
}
