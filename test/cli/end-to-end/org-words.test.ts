import { expect, test } from 'vitest';
import { startOrg, type Handler } from '../../salesforce/test-org.js';
import { account, stage, UPSERT_ACCOUNTS, type Stage } from '../stage.js';

/** An org that says what no emulator says. */
async function run(handler: Handler, onToken?: Handler): Promise<Awaited<ReturnType<Stage['run']>> & { at: Stage }> {
  const at = await stage([account('A-1')]);
  const org = await startOrg(handler);
  if (onToken !== undefined) org.onToken = onToken;
  const environment = {
    SALESFORCE_ORG_URL: org.url,
    SALESFORCE_CLIENT_ID: 'id',
    SALESFORCE_CLIENT_SECRET: 'secret',
  };
  const ended = await at.run([...UPSERT_ACCOUNTS, '--unwritable', 'send', '--max-retries', '0', 'dump.ndjson'], {
    environment,
  });
  return { ...ended, at };
}

test('a sign-in with the app of another org says what to check', async () => {
  const words = { error: 'app_not_found', error_description: 'External client app is not installed in this org' };
  const { status, stderr } = await run(
    ({ reply }) => reply.json(404, []),
    ({ reply }) => reply.json(400, words),
  );
  expect(status).toBe(2);
  expect(stderr).toContain('app_not_found: External client app is not installed in this org');
  expect(stderr).toContain(
    'hint: The app of this client_id is not in this org: check org_url and the client_id, or install the app in the org.',
  );
});

test('a message of a JSON reply stays as it is, also where it looks like markup', async () => {
  const words = { errorCode: 'INVALID_JOB', message: 'No job <7502M00000001> was found & none is <b>open</b>' };
  const { at } = await run(({ reply }) => reply.json(400, [words]));
  expect(at.failures().map(({ error }) => error.message)).toEqual([
    expect.stringContaining('No job <7502M00000001> was found & none is <b>open</b>'),
  ]);
});

test('a duplicate names the record that it met', async () => {
  const record = (Id: string): object => ({ record: { attributes: { type: 'Account' }, Id } });
  const error = {
    statusCode: 'DUPLICATES_DETECTED',
    message: 'Use one of these records?',
    fields: [],
    duplicateResut: {
      allowSave: false,
      matchResults: [{ matchRecords: [record('0018M0000016Wv8QAE'), record('0018M0000016Wv9QAE')] }],
    },
  };
  const { at } = await run(({ reply }) => reply.json(200, [{ success: false, errors: [error] }]));
  expect(at.failures().map((letter) => letter.error)).toMatchObject([
    {
      code: 'DUPLICATES_DETECTED',
      message: 'Use one of these records? (met 0018M0000016Wv8QAE, 0018M0000016Wv9QAE)',
    },
  ]);
});
