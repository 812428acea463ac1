import { onTestFinished } from 'vitest';
import { Batch } from '../../src/batching/batch.js';
import { Emulator, type EmulatorOptions } from '../../src/emulator/index.js';
import { Intake, type Taken } from '../../src/records/intake.js';
import type { JobEvent, Outcome, RecordFields, SourceRecord, TopicMapping } from '../../src/core/record.js';
import type { SalesforceClient } from '../../src/salesforce/client.js';
import type { FieldDescribe, SObjectDescribe } from '../../src/core/describe.js';
import { describeSObject } from '../../src/salesforce/describe.js';
import type { Settings } from '../../src/core/settings.js';
import { BatchOutcomes, type PendingRecord } from '../../src/writers/batch-outcomes.js';
import { FieldPlan } from '../../src/records/field-plan.js';
import type { BatchResult, Writer, WriterContext } from '../../src/writers/writer.js';
import { makeClient } from '../salesforce/test-org.js';

/** A field as describe shows it: writable text unless said otherwise. */
export function field(name: string, type = 'string', options: Partial<FieldDescribe> = {}): FieldDescribe {
  return {
    ...{ name, label: name, type, length: 0, precision: 0, scale: 0, digits: 0 },
    ...{ createable: true, updateable: true, nillable: true, defaultedOnCreate: false, calculated: false },
    ...{ autoNumber: false, externalId: false, idLookup: false, unique: false, caseSensitive: false },
    ...{ relationshipName: undefined, referenceTo: [], polymorphicForeignKey: false, restrictedPicklist: false },
    ...{ picklistValues: [], compoundFieldName: undefined, htmlFormatted: false },
    ...options,
  };
}

const readOnly = { createable: false, updateable: false };

/** One field of each kind that matters to a writer. */
export const order: SObjectDescribe = {
  ...{
    name: 'Order__c',
    label: 'Order',
    custom: true,
    createable: true,
    updateable: true,
    deletable: true,
    keyPrefix: 'a00',
    recordTypes: [],
  },
  fields: [
    field('Id', 'id', { ...readOnly, idLookup: true }),
    field('Name'),
    field('Key__c', 'string', { externalId: true }),
    field('Number_Key__c', 'double', { externalId: true }),
    field('Notes__c', 'textarea'),
    field('Phone__c', 'phone'),
    field('Amount__c', 'currency', { scale: 2 }),
    field('Count__c', 'int'),
    field('Paid__c', 'boolean'),
    field('Due__c', 'date'),
    field('Sent__c', 'datetime'),
    field('Tags__c', 'multipicklist'),
    field('CreatedDate', 'datetime', readOnly),
    field('CreatedById', 'reference', { ...readOnly, relationshipName: 'CreatedBy', referenceTo: ['User'] }),
    field('BillingAddress', 'address', readOnly),
    field('Once__c', 'string', { updateable: false }),
    field('Late__c', 'string', { createable: false }),
    field('AccountId', 'reference', { relationshipName: 'Account', referenceTo: ['Account'] }),
    field('OwnerId', 'reference', { relationshipName: 'Owner', referenceTo: ['Group', 'User'] }),
    field('Master__c', 'reference', { updateable: false, relationshipName: 'Master__r', referenceTo: ['Account'] }),
  ],
};

export interface PlanOptions extends Partial<TopicMapping> {
  readonly describe?: SObjectDescribe | undefined;
  readonly policy?: Settings['unwritableFields'];
  /** Of other sObjects. */
  readonly parents?: readonly SObjectDescribe[];
}

/** An upsert of `Order__c` by `Key__c` in realtime, unless said otherwise. Without describe for the policy `send`. */
export function planOf(options: PlanOptions = {}): FieldPlan {
  const { policy = 'drop', describe = policy === 'send' ? undefined : order, parents = [], ...mapping } = options;
  const operation = mapping.operation ?? 'upsert';
  return new FieldPlan(
    {
      ...{
        topic: 't',
        sobject: 'order__C',
        mode: 'realtime',
        allOrNone: false,
        compact: false,
        tombstones: 'fail',
        dependsOn: [],
      },
      ...mapping,
      operation,
      externalIdField: operation === 'upsert' ? (mapping.externalIdField ?? 'key__C') : '',
    },
    describe,
    policy,
    new Map(parents.map((parent) => [parent.name.toLowerCase(), parent])),
  );
}

/** What the intake makes of records, given as objects or as JSON text where digits count. */
export function takeAll(plan: FieldPlan, data: readonly (object | string)[]): Taken[] {
  const intake = new Intake([plan], { envelope: 'native', topic: undefined });
  return data.map((record, i) => {
    const json = typeof record === 'string' ? record : JSON.stringify(record);
    const position = { file: 'dump.ndjson', line: i + 1 };
    return intake.take({ kind: 'text', position, text: `{"topic":"${plan.mapping.topic}","data":${json}}` });
  });
}

export function recordsOf(plan: FieldPlan, data: readonly (object | string)[]): SourceRecord[] {
  return takeAll(plan, data).map((taken) => {
    if (taken.kind !== 'record') throw new Error(`expected a record, got ${JSON.stringify(taken)}`);
    return taken.record;
  });
}

export function pendingOf(plan: FieldPlan, data: readonly (object | string)[]): PendingRecord[] {
  const batch = new Batch(plan.mapping, 0);
  for (const record of recordsOf(plan, data)) batch.records.push(record);
  const context = contextOf(makeClient('http://127.0.0.1:1').client);
  return [...new BatchOutcomes(batch, plan, context, () => Promise.resolve()).pending];
}

export function batchOf(plan: FieldPlan, data: readonly (object | string)[]): Batch {
  const batch = new Batch(plan.mapping, 0);
  for (const record of recordsOf(plan, data)) batch.add(record);
  return batch;
}

/** The fields of a record by header, as the program would print them. */
export function byHeader({ columns, values }: RecordFields): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ header }, i) => {
      const value = values[i];
      return [header, typeof value === 'object' && value !== null ? { digits: value.value } : value];
    }),
  );
}

export interface TestContext extends WriterContext {
  readonly warnings: string[];
  readonly delays: number[];
  readonly jobEvents: JobEvent[];
}

/** A context whose waits take no time but on its own clock, and whose chance is one half. */
export function contextOf(client: SalesforceClient, overrides: Partial<WriterContext> = {}): TestContext {
  const warnings: string[] = [];
  const delays: number[] = [];
  const jobEvents: JobEvent[] = [];
  const never = new AbortController().signal;
  let nowMs = 0;
  return {
    ...{ client, headers: {}, maxRetries: 3, stopping: never, aborting: never, wantsIds: false },
    ...{ warnings, delays, jobEvents, random: () => 0.5, now: () => nowMs, bulkPollIntervalMs: 1_000 },
    sleep: (ms) => {
      delays.push(ms);
      nowMs += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
    warn: (warning) => warnings.push(warning),
    onJob: (_batch, event) => jobEvents.push(event),
    ...overrides,
  };
}

export interface Written extends BatchResult {
  /** In the order of the batch. */
  readonly outcomes: readonly Outcome[];
}

/** Writes a batch; each record must be settled once. */
export async function writeBatch(writer: Writer, batch: Batch, plan: FieldPlan): Promise<Written> {
  const outcomes = new Map<number, Outcome>();
  const result = await writer.write(batch, plan, (settled) => {
    for (const { record, outcome } of settled) {
      if (outcomes.has(record.ordinal)) throw new Error(`record ${record.ordinal} was settled twice`);
      outcomes.set(record.ordinal, outcome);
    }
    return Promise.resolve();
  });
  const outcomeOf = ({ ordinal }: SourceRecord): Outcome => {
    const outcome = outcomes.get(ordinal);
    if (outcome === undefined) throw new Error(`record ${ordinal} was not settled`);
    return outcome;
  };
  return { ...result, outcomes: batch.records.map(outcomeOf) };
}

/** `succeeded`, or the kind and the code: `failed REQUIRED_FIELD_MISSING`. */
export function told({ outcomes }: Written): string[] {
  return outcomes.map((outcome) =>
    outcome.kind === 'succeeded' || outcome.kind === 'unchanged'
      ? outcome.kind
      : `${outcome.kind} ${outcome.error.code}`,
  );
}

/** The embedded org, a client for it, and the plan of a mapping by the org's own describe. */
export async function startEmulator(options: EmulatorOptions = {}) {
  const emulator = await Emulator.start({ recordBodies: true, ...options });
  onTestFinished(() => emulator.stop());
  const signIn = {
    kind: 'client_credentials',
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
  } as const;
  const { client } = makeClient(emulator.url, { signIn });
  const planFor = async (mapping: PlanOptions & { sobject: string }): Promise<FieldPlan> => {
    const describe = await describeSObject(client, mapping.sobject);
    return planOf({
      externalIdField: 'External_Id__c',
      ...mapping,
      describe: mapping.policy === 'send' ? undefined : describe,
    });
  };
  return { emulator, client, planFor };
}
