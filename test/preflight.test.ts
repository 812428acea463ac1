import { expect, onTestFinished, test } from 'vitest';
import { Emulator } from '../src/emulator/index.js';
import { preflight } from '../src/preflight.js';
import type { TopicMapping } from '../src/record.js';
import type { ClientOptions } from '../src/salesforce/client.js';
import type { Settings } from '../src/settings.js';
import { makeClient } from './salesforce/test-org.js';

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
) {
  const emulator = await Emulator.start();
  onTestFinished(() => emulator.stop());
  const { clientId, clientSecret, url } = emulator;
  const made = makeClient(url, { signIn: { kind: 'client_credentials', clientId, clientSecret }, ...client });
  const settings = { mappings, unwritableFields } as Settings;
  const run = (signal = never) => preflight(settings, made.client, signal);
  const described = (): string[] => emulator.requests.filter(({ kind }) => kind === 'describe').map(({ path }) => path);
  return { emulator, run, described };
}

async function failure(mappings: readonly TopicMapping[], client: Partial<ClientOptions> = {}): Promise<unknown> {
  const { run } = await setUp(mappings, 'drop', client);
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
  expect([plans[0]?.sobject, plans[0]?.keyField, plans[0]?.isDescribed]).toEqual(['Ghost__c', 'ghost__C', false]);
  expect(described()).toEqual([]);
  expect(emulator.requests.map(({ kind }) => kind)).toEqual(['token']);
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
