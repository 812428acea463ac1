import { describe, expect, it } from 'vitest';
import { account, stage } from '../stage.js';

const POLL = ['--bulk-poll-interval', '20ms'];
const KCAT = ['Lamp broken', 'Door stuck'].map((Subject, offset) => ({
  ...{ topic: 'support.cases', partition: 0, offset, tstype: 'create', ts: 1735689600000, broker: 0, key: null },
  payload: JSON.stringify({ Subject }),
}));

describe.each(['realtime', 'bulk'])('a record of which nothing is left, in %s', (mode) => {
  const cases = ['--map', `support.cases=Case:insert::${mode}`, ...POLL, 'dump.ndjson'];

  it('fails and is not sent: lines of kcat that were taken for bare records', async () => {
    const scene = await stage(KCAT);
    const words = ['--topic', 'support.cases', ...cases];
    const { status, topic } = await scene.runJson(words);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({
      ...{ read: 2, succeeded: 0, failed: 2, batches: 0, jobs: [] },
      errors: [{ code: 'NOTHING_TO_WRITE', count: 2, line: 1 }],
      unknown_fields: { topic: 2, partition: 2, payload: 2 },
    });
    expect(scene.failures()[0]?.error).toMatchObject({
      code: 'NOTHING_TO_WRITE',
      message:
        'Nothing of the record can be written: unknown to Case: topic, partition, offset, tstype, ts, broker, key, payload. ' +
        "Lines like this one are kcat's and need no --topic",
      attempts: 0,
    });
    // The query asks for the user's name.
    expect(new Set(scene.org.requests.map(({ kind }) => kind))).toEqual(new Set(['token', 'describe', 'query']));
    const check = await scene.run(['check', ...words]);
    expect(check.status).toBe(1);
    expect(check.stdout).toContain('A replay would write 0 of 2 records: 2 would fail');
    expect(check.stdout.replaceAll(/\s+/g, ' ')).toContain("kcat's and need no --topic");
    expect((await scene.runJson(cases)).topic()).toMatchObject({ succeeded: 2 });
  });

  it('fails where its fields are unknown, or it is empty', async () => {
    const lines = [{ subject_line: 'Lamp broken', severity: 3 }, {}, { subject: 'Door stuck' }];
    const scene = await stage(lines.map((data) => ({ topic: 'support.cases', data })));
    const { topic } = await scene.runJson(cases);
    expect(topic()).toMatchObject({
      succeeded: 1,
      failed: 2,
      errors: [{ code: 'NOTHING_TO_WRITE', count: 2, line: 1 }],
    });
    expect(scene.org.records('Case')).toHaveLength(1);
    const offline = await scene.run(['check', '--offline', ...cases]);
    expect(offline.stdout).toContain('NOTHING_TO_WRITE');
  });

  it('leaves no stub behind an upsert, but the key and nothing else is written', async () => {
    const upsert = ['--map', `contacts=Contact:upsert:External_Id__c:${mode}`, ...POLL, 'dump.ndjson'];
    const rows = [
      { External_Id__c: 'C-1', Nmae: 1 },
      { External_Id__c: 'C-2', LastName: 'Ito' },
      { External_Id__c: 'C-2' },
    ];
    const scene = await stage(rows.map((data) => ({ topic: 'contacts', data })));
    const { topic } = await scene.runJson(upsert);
    expect(topic()).toMatchObject({ succeeded: 2, failed: 1, errors: [{ code: 'NOTHING_TO_WRITE', line: 1 }] });
    expect(scene.org.records('Contact')).toHaveLength(1);
  });

  it('fails where the org refuses its only field, and no stub is left', async () => {
    const upsert = ['--map', `contacts=Contact:upsert:External_Id__c:${mode}`, ...POLL, 'dump.ndjson'];
    const scene = await stage([{ topic: 'contacts', data: { External_Id__c: 'C-1', LastName: 'Ito' } }], {
      blockedFields: { Contact: ['LastName'] },
    });
    const { topic } = await scene.runJson(upsert);
    expect(topic()).toMatchObject({ failed: 1, errors: [{ code: 'NOTHING_TO_WRITE' }] });
    expect(scene.org.records('Contact')).toEqual([]);
  });
});

it('an event of which nothing is left is not published', async () => {
  const scene = await stage([
    { topic: 'events', data: { Nope__c: 1 } },
    { topic: 'events', data: {} },
  ]);
  const { topic } = await scene.runJson(['--map', 'events=Order_Event__e:insert', 'dump.ndjson']);
  expect(topic()).toMatchObject({ failed: 2, errors: [{ code: 'NOTHING_TO_WRITE', count: 2 }] });
});

describe('names that nobody can tell apart', () => {
  it('are shown with what makes them others', async () => {
    const scene = await stage([account('A-1', { 'Site ': 'x', 'Fa\u200bx': 'y', sitte: 'z' })]);
    const { stdout } = await scene.run(['--map', 'accounts=Account:upsert:External_Id__c', 'dump.ndjson']);
    expect(stdout).toContain(
      'Unknown fields (left out)\n  accounts  "Site " (1, did you mean Site?), Fa<U+200B>x (1, did you mean Fax?), sitte (1, did you mean Site?)',
    );
  });
});
