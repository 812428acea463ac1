import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CheckReport, CheckedTopic } from '../../src/accounting/check-report.js';
import { account, stage, UPSERT_ACCOUNTS, UPSERT_ACCOUNTS_IN_BULK, type Stage } from './stage.js';

async function checkOf(
  scene: Stage,
  words: readonly string[],
): Promise<{ status: number | null; report: CheckReport }> {
  const { status, stdout } = await scene.run(['check', '--json', ...words]);
  return { status, report: JSON.parse(stdout) as CheckReport };
}

function onlyTopic(report: CheckReport): CheckedTopic {
  expect(report.topics).toHaveLength(1);
  return report.topics[0]!;
}

describe('what the org would refuse', () => {
  const lines = [
    account('A-1'),
    account('A-2', { Since__c: 'soon', AnnualRevenue: 'a lot' }),
    account('A-3', { Tier__c: 'Lead' }),
    account('A-4', { Name: null }),
    account('A-5', { ParentId: 'A-1' }),
    account('A-6', { Phone: '1'.repeat(41) }),
  ];

  it('is told by code and field, with the first line of each', async () => {
    const scene = await stage(lines);
    const { status, report } = await checkOf(scene, [...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect({ status, exit_code: report.exit_code }).toEqual({ status: 1, exit_code: 1 });
    const { read, would_send, would_fail, may_fail, errors, possible_errors } = onlyTopic(report);
    expect({ read, would_send, would_fail, may_fail }).toEqual({ read: 6, would_send: 6, would_fail: 4, may_fail: 1 });
    expect(errors.map(({ code, field, count, line }) => [code, field, count, line])).toEqual([
      ['JSON_PARSER_ERROR', 'Since__c', 1, 2],
      ['JSON_PARSER_ERROR', 'AnnualRevenue', 1, 2],
      ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'Tier__c', 1, 3],
      ['MALFORMED_ID', 'ParentId', 1, 5],
      ['STRING_TOO_LONG', 'Phone', 1, 6],
    ]);
    expect(possible_errors).toMatchObject([{ code: 'REQUIRED_FIELD_MISSING', field: 'Name', line: 4 }]);
    expect(scene.org.records('Account')).toEqual([]);
  });

  it.each([
    ['realtime', UPSERT_ACCOUNTS],
    ['bulk', UPSERT_ACCOUNTS_IN_BULK],
  ])('is what it refuses then, in %s', async (_mode, mapping) => {
    const scene = await stage(lines);
    const { report } = await checkOf(scene, [...mapping, 'dump.ndjson']);
    const { summary } = await scene.runJson([...mapping, '-q', 'dump.ndjson']);
    const { would_fail: would, may_fail: may } = onlyTopic(report);
    expect(summary.totals.failed).toBe((would ?? 0) + (may ?? 0));
  });

  it('takes the whole call along with all_or_none', async () => {
    const scene = await stage([account('A-1'), account('A-2', { Tier__c: 'Lead' })]);
    const mapping = { topic: 'accounts', sobject: 'Account', external_id_field: 'External_Id__c', all_or_none: true };
    scene.write('.sfreplayrc.json', JSON.stringify({ topic_mappings: [mapping] }));
    const { report } = await checkOf(scene, ['dump.ndjson']);
    expect(onlyTopic(report)).toMatchObject({ would_send: 2, would_fail: 2 });
    const { summary } = await scene.runJson(['-q', 'dump.ndjson']);
    expect(summary.totals.failed).toBe(2);
  });

  it('does not fail the check where only the org can tell', async () => {
    const scene = await stage([{ topic: 'leads', data: { LastName: 'Petrov' } }]);
    const { status, stdout } = await scene.run(['check', '--map', 'leads=Lead:insert', 'dump.ndjson']);
    expect(status).toBe(0);
    expect(stdout).toContain('✔ A replay would write 0 of 1 record for certain: 1 may fail\n');
    expect(stdout).toContain('Required fields are missing: [Company]');
  });
});

describe('what is dropped', () => {
  it('is told with the reason', async () => {
    const scene = await stage();
    const words = ['--map', 'accounts=Account:insert', 'dump.ndjson'];
    scene.writeLines('dump.ndjson', [
      { topic: 'accounts', data: { Name: 'x', IsPartner: true, createddate: null, Nope__c: 1, Nam: 'y' } },
      { topic: 'accounts', data: { Name: 'x', CreatedDate: null, CreatedBy: { Username: 'me' } } },
    ]);
    const { report } = await checkOf(scene, words);
    const { dropped_fields: counts, dropped_reasons: reasons, unknown_fields: unknown } = onlyTopic(report);
    expect(counts).toEqual({ CreatedDate: 2, IsPartner: 1, CreatedBy: 1 });
    expect(unknown).toEqual({ Nope__c: 1, Nam: 1 });
    expect(reasons).toEqual({
      CreatedDate: 'read_only',
      IsPartner: 'not_permitted',
      CreatedBy: 'read_only',
    });
    const { stdout } = await scene.run(['check', ...words]);
    expect(stdout).toContain(
      '  accounts  CreatedDate (2, read-only), IsPartner (1, not for insert), CreatedBy (1, read-only)\n\n' +
        'Unknown fields (left out)\n  accounts  Nope__c (1), Nam (1, did you mean Name?)',
    );
  });
});

describe('keys', () => {
  it('are counted: missing, repeated and different ones', async () => {
    const scene = await stage([account('A-1'), account('A-2'), account(' a-1 '), account(''), account('A-1')]);
    const { status, report } = await checkOf(scene, [...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect(status).toBe(1);
    expect(onlyTopic(report).keys).toEqual({ missing: 1, repeated: 2, distinct: 2, is_exact: true });
    expect(onlyTopic(report).batches).toBe(3);
  });
});

describe('the estimate', () => {
  it('is what a realtime replay then needs', async () => {
    const scene = await stage(Array.from({ length: 450 }, (_, i) => account(`A-${i}`)));
    const { report } = await checkOf(scene, [...UPSERT_ACCOUNTS, 'dump.ndjson']);
    const { summary } = await scene.runJson([...UPSERT_ACCOUNTS, '-q', 'dump.ndjson']);
    // Sign-in, describe, the user's name, three batches.
    expect(report.estimate).toMatchObject({ api_calls: 6, bulk_batches: 0 });
    expect(summary.api.calls).toBe(6);
    expect(report.estimate?.round_trip_ms).toBeGreaterThanOrEqual(0);
    expect(report.estimate?.assumptions.join()).toMatch(
      /^realtime: a round trip of \d+ ms \(measured\) and 4 ms a record/,
    );
  });

  it('counts bulk batches by what Salesforce makes of a job', async () => {
    const lines = Array.from({ length: 10_001 }, (_, i) => account(`A-${i}`));
    const scene = await stage(lines);
    const words = [...UPSERT_ACCOUNTS_IN_BULK, '--bulk-batch-size', '20000', 'dump.ndjson'];
    const { report } = await checkOf(scene, words);
    expect(onlyTopic(report)).toMatchObject({ batches: 1, bulk_batches: 2 });
  });

  it('is held against what the org has left', async () => {
    const lines = Array.from({ length: 450 }, (_, i) => account(`A-${i}`));
    const few = { apiLimit: 4, limits: { dailyBulkApiBatches: 0 } };
    const realtime = await (await stage(lines, few)).run(['check', ...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect(realtime.status).toBe(1);
    expect(realtime.stdout).toContain('! A replay needs about 6 API calls, but the org has 1 left for these 24 hours');
    const bulk = await (await stage(lines, few)).run(['check', ...UPSERT_ACCOUNTS_IN_BULK, 'dump.ndjson']);
    expect(bulk.stdout).toContain('A replay needs about 1 bulk batch, but the org has 0 left');
  });

  it('assumes a round trip where there is no org', async () => {
    const scene = await stage([account('A-1')]);
    const { report } = await checkOf(scene, ['--offline', ...UPSERT_ACCOUNTS, 'dump.ndjson']);
    expect(report).toMatchObject({ org: null, estimate: { api_calls: 1, round_trip_ms: null } });
    expect(report.estimate?.assumptions.join()).toContain('(assumed)');
    expect(scene.org.requests).toEqual([]);
  });
});

describe('status 2', () => {
  it('is for what could not be checked to the end', async () => {
    const scene = await stage();
    const whole = gzipSync(`${JSON.stringify(account('A-1'))}\n`.repeat(1000));
    scene.write('dump.ndjson.gz', whole.subarray(0, whole.length - 20));
    const { status, stdout, stderr } = await scene.run(['check', ...UPSERT_ACCOUNTS, 'dump.ndjson.gz']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('dump.ndjson.gz is damaged or cut off');
  });
});

it('does without the limits where the user may not read them', async () => {
  const scene = await stage([account('A-1')]);
  scene.org.addFault('403:on=limits:count=0');
  const { status, report } = await checkOf(scene, [...UPSERT_ACCOUNTS, 'dump.ndjson']);
  expect(status).toBe(0);
  expect(report.org?.bulk_batches).toEqual({ used: null, limit: null });
});

it('is the same as a replay with --dry-run', async () => {
  const scene = await stage([account('A-1'), account('A-2', { Since__c: 'soon' })]);
  const { status, stdout } = await scene.run([...UPSERT_ACCOUNTS, '--dry-run', '--json', 'dump.ndjson']);
  const { report } = await checkOf(scene, [...UPSERT_ACCOUNTS, 'dump.ndjson']);
  const dry = JSON.parse(stdout) as CheckReport;
  expect(status).toBe(1);
  expect(dry.topics).toEqual(report.topics);
});

it('says what it cannot know with fields sent as they are', async () => {
  const scene = await stage([account('A-1', { Since__c: 'soon' })]);
  const { status, stdout } = await scene.run(['check', ...UPSERT_ACCOUNTS, '--unwritable', 'send', 'dump.ndjson']);
  expect(status).toBe(0);
  expect(stdout).toContain('fields and values were not checked against the org');
});

it('tells of folded lines', async () => {
  const scene = await stage([account('A-1'), account('A-1', { Since__c: 'soon' }), account('A-1', { Since__c: null })]);
  const mapping = { topic: 'accounts', sobject: 'Account', external_id_field: 'External_Id__c', compact: true };
  scene.write('.sfreplayrc.json', JSON.stringify({ topic_mappings: [mapping] }));
  const { report } = await checkOf(scene, ['dump.ndjson']);
  // The bad date is overwritten before it is sent.
  expect(onlyTopic(report)).toMatchObject({ read: 3, would_send: 1, would_fail: 0, superseded: 2 });
});

it('counts the deletes that tombstones are, and what it takes to find them', async () => {
  const tombstone = { topic: 'accounts', key: 'A-1', data: null };
  const scene = await stage([account('A-1'), account('A-2'), tombstone, { topic: 'accounts', key: null, data: null }]);
  const mapping = { topic: 'accounts', sobject: 'Account', external_id_field: 'External_Id__c' };
  const reportOf = async (tombstones: string): Promise<CheckedTopic> => {
    scene.write('.sfreplayrc.json', JSON.stringify({ topic_mappings: [{ ...mapping, tombstones }] }));
    return onlyTopic((await checkOf(scene, ['dump.ndjson'])).report);
  };
  // The upserts, then a query and a delete.
  const deleting = { read: 3, would_send: 3, would_fail: 0, batches: 2, api_calls: 3, possible_errors: [] };
  expect(await reportOf('delete')).toMatchObject(deleting);
  expect(await reportOf('skip')).toMatchObject({ would_send: 2, would_fail: 0, superseded: 1 });
  expect(await reportOf('fail')).toMatchObject({ would_send: 2, would_fail: 1, errors: [{ code: 'TOMBSTONE' }] });
});
