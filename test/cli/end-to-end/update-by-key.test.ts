import { describe, expect, it } from 'vitest';
import { account, stage, UPSERT_ACCOUNTS } from '../stage.js';

const changed = (key: unknown, data: object): object => ({ topic: 'changed', data: { External_Id__c: key, ...data } });

describe.each(['realtime', 'bulk'])('update by an external id in %s', (mode) => {
  const map = ['--map', `changed=Account:update:External_Id__c:${mode}`, '--bulk-poll-interval', '20ms'];

  it('changes the records that have the keys, creates none, and keeps the order of a key', async () => {
    const scene = await stage();
    scene.writeLines('seed.ndjson', [account('A-1', { Name: 'one', Phone: '1' }), account("O'Brien", { Name: 'two' })]);
    expect((await scene.run([...UPSERT_ACCOUNTS, 'seed.ndjson'])).status).toBe(0);
    scene.writeLines('dump.ndjson', [
      changed(' a-1 ', { Name: 'first', Phone: null }),
      changed('A-1', { Name: 'second', Fax: '2' }),
      changed("O'Brien", { Name: 'changed' }),
      changed('nobody', { Name: 'x' }),
      changed('', { Name: 'x' }),
      { topic: 'changed', data: { External_Id__c: "O'Brien" } },
    ]);

    const { status, topic } = await scene.runJson([...map, 'dump.ndjson']);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({ operation: 'update', read: 6, succeeded: 4, failed: 2 });
    expect(
      scene.org.records('Account').map(({ Name, Phone, Fax, External_Id__c }) => [External_Id__c, Name, Phone, Fax]),
    ).toEqual([
      ['A-1', 'second', null, '2'],
      ["O'Brien", 'changed', undefined, undefined],
    ]);
    expect(scene.failures().map(({ error }) => [error.source.line, error.code, error.message])).toEqual([
      [5, 'MISSING_KEY', 'update needs External_Id__c; it is empty'],
      [4, 'NOT_FOUND', 'No record of Account has the External_Id__c nobody'],
    ]);
  });

  it('fails a key that several records have', async () => {
    const scene = await stage();
    const twin = { topic: 'accounts', data: { Name: 'x', Segment_Code__c: 'S' } };
    scene.writeLines('seed.ndjson', [twin, twin]);
    expect((await scene.run(['--map', 'accounts=Account:insert', 'seed.ndjson'])).status).toBe(0);
    scene.writeLines('dump.ndjson', [{ topic: 'changed', data: { Segment_Code__c: 'S', Name: 'y' } }]);
    const { status } = await scene.run([
      '--map',
      `changed=Account:update:Segment_Code__c:${mode}`,
      ...map.slice(2),
      'dump.ndjson',
    ]);
    expect(status).toBe(1);
    expect(scene.failures().map(({ error }) => [error.code, error.message])).toEqual([
      ['DUPLICATE_EXTERNAL_ID', '2 records of Account have the Segment_Code__c S'],
    ]);
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['x', 'x']);
  });

  it('retry writes what no record had when it was sent', async () => {
    const scene = await stage();
    scene.writeLines('dump.ndjson', [changed('A-1', { Name: 'late' })]);
    expect((await scene.run([...map, '--failures', 'failed.ndjson', 'dump.ndjson'])).status).toBe(1);
    scene.writeLines('seed.ndjson', [account('A-1')]);
    expect((await scene.run([...UPSERT_ACCOUNTS, 'seed.ndjson'])).status).toBe(0);
    expect((await scene.run(['retry', ...map, 'failed.ndjson'])).status).toBe(0);
    expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(['late']);
  });
});
