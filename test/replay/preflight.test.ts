import { expect, onTestFinished, test } from 'vitest';
import { Emulator } from '../../src/emulator/index.js';
import { preflight } from '../../src/replay/preflight.js';
import type { TopicMapping } from '../../src/core/record.js';
import type { ClientOptions } from '../../src/salesforce/client.js';
import type { Settings } from '../../src/core/settings.js';
import { makeClient } from '../salesforce/test-org.js';

const never = new AbortController().signal;

function mapping(sobject: string, options: Partial<TopicMapping> = {}): TopicMapping {
  const externalIdField = options.operation === undefined ? 'External_Id__c' : '';
  return {
    topic: `${sobject}-topic`,
    sobject,
    operation: 'upsert',
    externalIdField,
    mode: 'realtime',
    allOrNone: false,
    compact: false,
    tombstones: 'fail',
    dependsOn: [],
    ...options,
  };
}

async function setUp(
  mappings: readonly TopicMapping[],
  unwritableFields: Settings['unwritableFields'] = 'drop',
  client: Partial<ClientOptions> = {},
  describes: readonly object[] = [],
  more: Partial<Settings> = {},
) {
  const emulator = await Emulator.start({ describes });
  onTestFinished(() => emulator.stop());
  const { clientId, clientSecret, url } = emulator;
  const made = makeClient(url, { signIn: { kind: 'client_credentials', clientId, clientSecret }, ...client });
  const settings = { mappings, unwritableFields, ...more } as Settings;
  const run = (signal = never) => preflight(settings, made.client, signal);
  const described = (): string[] => emulator.requests.filter(({ kind }) => kind === 'describe').map(({ path }) => path);
  return { emulator, run, described };
}

async function failure(
  mappings: readonly TopicMapping[],
  client: Partial<ClientOptions> = {},
  describes: readonly object[] = [],
): Promise<unknown> {
  const { run } = await setUp(mappings, 'drop', client, describes);
  return run().then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('each sObject is described once, and each mapping gets its plan, in order', async () => {
  const mappings = [
    mapping('account'),
    mapping('Invoice__c', { operation: 'insert' }),
    mapping('ACCOUNT', { operation: 'delete', topic: 'gone' }),
    mapping('Lead', { operation: 'insert' }),
    mapping('Contact', { externalIdField: 'EMAIL' }),
    mapping('Case', { operation: 'update' }),
  ];
  const { run, described, emulator } = await setUp(mappings);
  const { plans, signedIn } = await run();
  expect(signedIn.instanceUrl).toBe(emulator.url);
  expect(plans.map((plan) => plan.mapping)).toEqual(mappings);
  expect(plans.map((plan) => `${plan.sobject} ${plan.keyField ?? '-'} ${plan.keyKind}`)).toEqual([
    ...['Account External_Id__c text', 'Invoice__c - unknown', 'Account Id id'],
    ...['Lead - unknown', 'Contact Email text', 'Case Id id'],
  ]);
  expect(described()).toHaveLength(5);
});

test('with send nothing is described', async () => {
  const { run, described, emulator } = await setUp([mapping('Ghost__c', { externalIdField: 'ghost__C' })], 'send');
  const { plans } = await run();
  expect([plans[0]?.sobject, plans[0]?.keyField, plans[0]?.describe]).toEqual(['Ghost__c', 'ghost__C', undefined]);
  expect(described()).toEqual([]);
  expect(emulator.requests.map(({ kind }) => kind)).toEqual(['token', 'query']);
});

test('an upsert by Id, or by a field for lookups, is fine', async () => {
  const { run } = await setUp([
    mapping('Account', { externalIdField: 'id' }),
    mapping('Contact', { externalIdField: 'Email', topic: 'c' }),
  ]);
  expect((await run()).plans.map(({ keyField }) => keyField)).toEqual(['Id', 'Email']);
});

test.each<[string, TopicMapping, object]>([
  [
    'an sObject that does not exist',
    mapping('Ghost__c'),
    { code: 'UNKNOWN_SOBJECT', message: expect.stringContaining('Ghost__c') as string },
  ],
  [
    'a custom one without __c',
    mapping('Invoice'),
    { code: 'UNKNOWN_SOBJECT', hint: expect.stringContaining('__c') as string },
  ],
  [
    'a key field that does not exist',
    mapping('Account', { externalIdField: 'Nope__c' }),
    { code: 'UNKNOWN_EXTERNAL_ID_FIELD', hint: expect.stringContaining('External_Id__c') as string },
  ],
  [
    'a key field that is none',
    mapping('Account', { externalIdField: 'phone' }),
    { code: 'NOT_AN_EXTERNAL_ID', message: expect.stringContaining('Account.Phone') as string },
  ],
])('%s ends it', async (_name, wrong, expected) => {
  const error = await failure([mapping('Contact', { operation: 'insert' }), wrong]);
  expect(error).toMatchObject({ name: 'PreflightError', ...expected });
});

/** Of an sObject with these rights. */
function describeOf(name: string, rights: object = {}): object {
  const key = { name: 'Key__c', type: 'string', length: 20, externalId: true, idLookup: true };
  return { name, ...rights, fields: [{ name: 'Id', type: 'id', length: 18 }, key] };
}

const DEPLOYED = 'No operation is allowed: custom metadata is deployed, not written as records.';
const PUBLISHED = 'Allowed: insert. Events can only be published.';

test.each<[string, object, Partial<TopicMapping>, string, string | undefined]>([
  [
    'Base__mdt',
    { createable: false, updateable: false, deletable: false },
    { operation: 'insert' },
    'insert',
    DEPLOYED,
  ],
  ['Order__e', {}, { operation: 'update' }, 'update', PUBLISHED],
  ['Order__e', {}, { operation: 'upsert', externalIdField: 'Key__c' }, 'upsert', PUBLISHED],
  ['Order__e', {}, { operation: 'delete' }, 'delete', PUBLISHED],
  ['Order__e', { deletable: true }, { operation: 'delete', externalIdField: 'Key__c' }, 'delete', PUBLISHED],
  ['Log__c', { deletable: false }, { operation: 'delete', mode: 'bulk' }, 'delete', undefined],
  ['Log__c', { updateable: false }, { operation: 'update' }, 'update', undefined],
  ['Log__c', { createable: false }, { operation: 'insert', mode: 'bulk' }, 'insert', undefined],
  [
    'Log__c',
    { createable: false, updateable: false },
    { operation: 'upsert', externalIdField: 'Key__c' },
    'upsert',
    'Allowed: delete. Check the permissions of the user.',
  ],
  [
    'Log__c',
    { deletable: false },
    { operation: 'upsert', externalIdField: 'Key__c', tombstones: 'delete' },
    'delete',
    'Allowed: insert, update, upsert. Check the permissions of the user.',
  ],
])('%s with %j takes no %j', async (sobject, rights, options, operation, hint) => {
  const error = await failure([mapping(sobject, options)], {}, [describeOf(sobject, rights)]);
  const key = options.tombstones === undefined ? 'operation' : 'tombstones';
  const message = `${sobject} does not allow ${operation} (${key} of topic ${sobject}-topic)`;
  expect(error).toMatchObject({ code: 'OPERATION_NOT_ALLOWED', message, ...(hint !== undefined && { hint }) });
});

test.each<[object, Partial<TopicMapping>]>([
  [{ createable: false }, { operation: 'upsert', externalIdField: 'Key__c' }],
  [{ updateable: false }, { operation: 'upsert', externalIdField: 'Key__c' }],
  [{ deletable: false }, { operation: 'upsert', externalIdField: 'Key__c', tombstones: 'skip' }],
  [{ createable: false, updateable: false }, { operation: 'delete' }],
])('with %j, %j is the records’ affair', async (rights, options) => {
  const { run } = await setUp([mapping('Log__c', options)], 'drop', {}, [describeOf('Log__c', rights)]);
  expect((await run()).plans).toHaveLength(1);
});

test('a mapping of the command line is named by its flag', async () => {
  const mapFlags = new Map([[1, '--map b=Invoice']]);
  const { run } = await setUp([mapping('Ghost__c'), mapping('Invoice')], 'drop', {}, [], { mapFlags });
  await expect(run()).rejects.toMatchObject({
    issues: [{ path: 'topic_mappings[0].sobject' }, { path: '--map b=Invoice: sobject' }],
  });
});

test('all that is wrong is told at once', async () => {
  const error = await failure([
    mapping('Ghost__c'),
    mapping('Account', { externalIdField: 'Phone' }),
    mapping('Contact', { operation: 'insert' }),
    mapping('Invoice'),
  ]);
  expect(error).toMatchObject({
    code: 'WRONG_MAPPINGS',
    headline: '3 mappings do not fit the org.',
    issues: [
      { path: 'topic_mappings[0].sobject', message: expect.stringContaining('no sObject Ghost__c') as string },
      { path: 'topic_mappings[1].external_id_field', message: expect.stringContaining('Account.Phone') as string },
      { path: 'topic_mappings[3].sobject', message: expect.stringContaining('no sObject Invoice') as string },
    ],
  });
  expect(await failure([mapping('Ghost__c'), mapping('Invoice')])).toMatchObject({ code: 'UNKNOWN_SOBJECT' });
});

test('a wrong secret ends it, and is not told', async () => {
  const signIn = {
    kind: 'client_credentials',
    clientId: '3MVG9.Emulated_Client.Id',
    clientSecret: 'wrong-secret-123',
  } as const;
  const error = await failure([mapping('Account')], { signIn });
  expect(error).toMatchObject({ name: 'PreflightError' });
  expect((error as Error).message).not.toContain('wrong-secret-123');
});

test('a given token that the org does not take ends it', async () => {
  const error = await failure([mapping('Account')], {
    signIn: { kind: 'access_token', accessToken: '00D000000000001!nonsense' },
  });
  expect(error).toMatchObject({
    name: 'PreflightError',
    code: 'SIGN_IN_REVOKED',
    hint: expect.stringContaining('token') as string,
  });
});

test('stopped before it began, it throws the reason', async () => {
  const { run } = await setUp([mapping('Account')]);
  const reason = new Error('enough');
  await expect(run(AbortSignal.abort(reason))).rejects.toBe(reason);
});
