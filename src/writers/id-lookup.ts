import { ReplayStopped } from '../core/errors.js';
import type { Column, RecordFields, SourceRecord } from '../core/record.js';
import { RequestError } from '../salesforce/errors.js';
import type { Fates, Slot } from './fates.js';
import type { FieldPlan } from '../records/field-plan.js';
import { keyProblem, PresentValues, type FindPresent, type KeyValue } from './present-values.js';
import { saidBy } from './said-by.js';
import type { WriterContext } from './writer.js';

/**
 * Finds the Ids of records that are to be updated or deleted by another field. A record whose Id is found is sent by Id from
 * then on; the others have failed: `NOT_FOUND`, or `DUPLICATE_EXTERNAL_ID` where several have the key.
 */
export class IdLookup {
  readonly #present = new WeakMap<FieldPlan, PresentValues>();
  readonly #found = new WeakSet<Slot>();
  /** Records of one shape are given one array of columns. */
  readonly #columnsById = new WeakMap<readonly Column[], readonly Column[]>();

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
      await this.#read(slots, plan, (slot, find) => {
        const [row, ...others] = find(keyValueOf(slot.record, plan));
        if (row?.id !== undefined && others.length === 0) this.#note(slot, row.id, plan);
      });
    } catch (error) {
      // The job itself will tell what is the matter with the org.
      if (!(error instanceof RequestError)) throw error;
    }
  }

  async #find(slots: readonly Slot[], fates: Fates, plan: FieldPlan): Promise<Slot[]> {
    if (fates.isStopped(slots)) return [];
    const ids = new Map<Slot, readonly string[]>();
    try {
      await this.#read(slots, plan, (slot, find) => {
        ids.set(
          slot,
          find(keyValueOf(slot.record, plan)).map(({ id = '' }) => id),
        );
      });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#takeRequestError(slots, fates, error);
      return [];
    }
    const found: Slot[] = [];
    let hasFailed = false;
    for (const slot of slots) {
      const [id, ...others] = ids.get(slot) ?? [];
      if (id !== undefined && others.length === 0) {
        this.#note(slot, id, plan);
        found.push(slot);
      } else if (id === undefined && slot.mayHaveRun && plan.mapping.operation === 'delete') {
        fates.settleDeleted(slot);
      } else {
        hasFailed = true;
        const error = keyProblem(plan, keyValueOf(slot.record, plan), id === undefined ? 0 : 1 + others.length);
        fates.settle(slot, { kind: 'failed', error });
      }
    }
    if (!hasFailed || !plan.mapping.allOrNone) return found;
    const message = `Not ${plan.mapping.operation}d, because another record of the call cannot be and all_or_none is set`;
    fates.settleAll(found, { kind: 'failed', error: { code: 'ALL_OR_NONE_OPERATION_ROLLED_BACK', message } });
    return [];
  }

  #note(slot: Slot, id: string, plan: FieldPlan): void {
    slot.record = { ...slot.record, foundId: id, fields: this.#fieldsById(slot.record.fields, id, plan) };
    this.#found.add(slot);
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

  #read(slots: readonly Slot[], plan: FieldPlan, take: (slot: Slot, find: FindPresent) => void): Promise<void> {
    const { client, aborting: signal, stopping } = this.context;
    let present = this.#present.get(plan);
    if (present === undefined) {
      present = new PresentValues(plan, { client, signal, stopping });
      this.#present.set(plan, present);
    }
    const keyOf = ({ record }: Slot): KeyValue => keyValueOf(record, plan);
    return present.read(slots, keyOf, [], (part, find) => part.forEach((slot) => take(slot, find)));
  }

  /** Nothing was written. Failed by the org's own word; else the org cannot be reached, and the run ends. */
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

function keyValueOf({ fields }: SourceRecord, { keyField }: FieldPlan): KeyValue {
  const at = fields.columns.findIndex(({ field }) => field === keyField);
  return fields.values[at] as KeyValue;
}
