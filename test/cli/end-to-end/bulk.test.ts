import { describe, expect, it } from 'vitest';
import { account, readLines, stage, UPSERT_ACCOUNTS_IN_BULK } from '../stage.js';

const QUICK = ['--bulk-poll-interval', '20ms'];

describe('the four operations', () => {
  it('write by Bulk API 2.0, and failures are matched to their lines', async () => {
    const bulk = { chunkSize: 3, batchSize: 5, parallelBatches: 3 };
    const names = Array.from({ length: 12 }, (_, i) =>
      i === 5 ? { Industry: 'x' } : { Name: `N-${i}`, Balance__c: i },
    );
    const scene = await stage(
      names.map((data) => ({ topic: 'inserts', data })),
      { bulk },
    );
    const inserted = await scene.runJson(['--map', 'inserts=Account:insert::bulk', ...QUICK, 'dump.ndjson']);
    expect(inserted.topic()).toMatchObject({ succeeded: 11, failed: 1, created: null, batches: 1 });
    expect(inserted.topic().jobs).toEqual(scene.org.jobs().map(({ id }) => id));
    expect(scene.failures()).toMatchObject([{ error: { code: 'REQUIRED_FIELD_MISSING', source: { line: 6 } } }]);

    const [first, second] = scene.org.records('Account');
    scene.writeLines('changes.ndjson', [
      { topic: 'updates', data: { Id: first!.Id, Balance__c: null, Site: 'here' } },
      { topic: 'updates', data: { Id: `001${'0'.repeat(12)}`, Site: 'nowhere' } },
      { topic: 'deletes', data: { Id: second!.Id.slice(0, 15) } },
      { topic: 'upserts', data: { External_Id__c: 'U-1', Name: 'one' } },
      { topic: 'upserts', data: { External_Id__c: 'U-2' } },
    ]);
    const maps = [
      'updates=Account:update::bulk',
      'deletes=Account:delete::bulk',
      'upserts=Account:upsert:External_Id__c:bulk',
    ];
    const { status, topic } = await scene.runJson([
      ...maps.flatMap((map) => ['--map', map]),
      ...QUICK,
      '--failures',
      'failed.ndjson',
      'changes.ndjson',
    ]);
    expect(status).toBe(1);
    expect(topic('updates')).toMatchObject({ succeeded: 1, failed: 1 });
    expect(topic('deletes')).toMatchObject({ succeeded: 1 });
    expect(topic('upserts')).toMatchObject({ succeeded: 1, failed: 1 });
    expect(
      scene
        .failures('failed.ndjson')
        .map(({ error }) => error.source.line)
        .sort(),
    ).toEqual([2, 5]);
    const kept = scene.org.records('Account');
    expect(kept.find(({ Id }) => Id === first!.Id)).toMatchObject({
      Site: 'here',
      Balance__c: null,
      Name: first!.Name,
    });
    expect(kept.find(({ Id }) => Id === second!.Id)).toBeUndefined();
  });

  it('has one job for each batch and as many in flight as allowed', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => account(`A-${i % 40}`, { AccountNumber: String(i) }));
    const scene = await stage(lines, { bulk: { queueMs: 20 } });
    const { topic } = await scene.runJson([
      ...UPSERT_ACCOUNTS_IN_BULK,
      ...QUICK,
      '--bulk-batch-size',
      '10',
      '--max-concurrent-bulk-jobs',
      '3',
      'dump.ndjson',
    ]);
    expect(topic()).toMatchObject({ succeeded: 60, batches: 6 });
    expect(scene.org.jobs()).toHaveLength(6);
    expect(scene.org.jobs().every(({ uploads, state }) => uploads === 1 && state === 'JobComplete')).toBe(true);
    expect(scene.org.records('Account').map(({ AccountNumber: last }) => Number(last) % 40)).toHaveLength(40);
    for (const { External_Id__c: key, AccountNumber: last } of scene.org.records('Account')) {
      const ordinal = Number(String(key).slice(2));
      expect(Number(last)).toBe(ordinal < 20 ? ordinal + 40 : ordinal);
    }
  });
});

describe('a file', () => {
  it('has the union of columns, #N/A, references and polymorphic references', async () => {
    const scene = await stage([account('A-1')], { recordBodies: true });
    await scene.runJson([...UPSERT_ACCOUNTS_IN_BULK, ...QUICK, 'dump.ndjson']);
    scene.writeLines('contacts.ndjson', [
      { topic: 'contacts', data: { External_Id__c: 'C-1', LastName: 'One', Account: { External_Id__c: 'A-1' } } },
      { topic: 'contacts', data: { External_Id__c: 'C-2', LastName: 'Two', AccountId: null, Title: '' } },
      { topic: 'contacts', data: { External_Id__c: 'C-3', LastName: 'Three', Account: { External_Id__c: 'none' } } },
      { topic: 'contacts', data: { External_Id__c: 'C-4', LastName: 'Four', Title: { no: 'text' } } },
    ]);
    scene.writeLines('tasks.ndjson', [
      {
        topic: 'tasks',
        data: {
          Subject: 'call',
          Who: { attributes: { type: 'Contact' }, External_Id__c: 'C-1' },
          Description: 'a\r\nb',
        },
      },
    ]);
    const contacts = ['--map', 'contacts=Contact:upsert:External_Id__c:bulk'];
    const { topic } = await scene.runJson([...contacts, ...QUICK, 'contacts.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 2, failed: 2 });
    expect(Object.fromEntries(scene.failures().map(({ error }) => [error.source.line, error.code]))).toEqual({
      3: 'INVALID_FIELD',
      4: 'UNSUPPORTED_VALUE',
    });
    const [acme] = scene.org.records('Account');
    const [one, two] = ['C-1', 'C-2'].map((key) =>
      scene.org.records('Contact').find(({ External_Id__c: other }) => other === key)!,
    );
    expect(one).toMatchObject({ AccountId: acme!.Id });
    expect(two).toMatchObject({ AccountId: null, Title: null });

    const tasks = await scene.runJson(['--map', 'tasks=Task:insert::bulk', ...QUICK, 'tasks.ndjson']);
    expect(tasks.status).toBe(0);
    expect(scene.org.records('Task')[0]).toMatchObject({ WhoId: one!.Id, Description: 'a\nb' });
    const files = scene.org.jobs().map(({ csv }) => csv!);
    expect(files.some((csv) => csv.split('\n')[0]!.split(',').includes('Contact:Who.External_Id__c'))).toBe(true);
    expect(files.some((csv) => csv.includes('Account.External_Id__c'))).toBe(true);
    expect(files.some((csv) => csv.includes('#N/A'))).toBe(true);
  });
});

describe('a record without any field', () => {
  it('ends the same way whatever it is sent with', async () => {
    const empty = { topic: 'tasks', data: {} };
    const scene = await stage([empty]);
    scene.writeLines('two.ndjson', [empty, { topic: 'tasks', data: { Subject: 'call' } }]);
    const map = ['--map', 'tasks=Task:insert::bulk', ...QUICK];
    const alone = await scene.runJson([...map, '--failures', 'f1', 'dump.ndjson']);
    const together = await scene.runJson([...map, '--failures', 'f2', 'two.ndjson']);
    expect(together.topic().succeeded - 1).toBe(alone.topic().succeeded);
  });
});

describe('results', () => {
  it('are fetched only when they are needed', async () => {
    const scene = await stage([account('A-1'), account('A-2')]);
    await scene.runJson([...UPSERT_ACCOUNTS_IN_BULK, ...QUICK, 'dump.ndjson']);
    expect(scene.org.requests.filter(({ kind }) => kind === 'bulk-result')).toEqual([]);
    const flags = [...UPSERT_ACCOUNTS_IN_BULK, ...QUICK, '--successes', 'ok.ndjson'];
    const { topic } = await scene.runJson([...flags, 'dump.ndjson']);
    expect(topic().created).toBe(0);
    const ids = scene.org.records('Account').map(({ Id }) => Id);
    expect(readLines(scene.read('ok.ndjson'))).toEqual([
      { topic: 'accounts', file: 'dump.ndjson', line: 1, id: ids[0], created: false },
      { topic: 'accounts', file: 'dump.ndjson', line: 2, id: ids[1], created: false },
    ]);
  });

  it('of equal and re-rendered rows are counted right, to the line where values differ', async () => {
    const lead = (fields: object): object => ({ topic: 'leads', data: { Company: 'C', ...fields } });
    const scene = await stage([
      lead({ LastName: 'same' }),
      lead({ LastName: 'same' }),
      lead({ AnnualRevenue: 1200000 }),
      lead({ AnnualRevenue: '1200001' }),
      lead({ LastName: ' padded ', Email: null }),
    ]);
    const { topic } = await scene.runJson(['--map', 'leads=Lead:insert::bulk', ...QUICK, 'dump.ndjson']);
    expect(topic()).toMatchObject({ succeeded: 3, failed: 2 });
    expect(
      scene
        .failures()
        .map(({ error }) => error.source.line)
        .sort(),
    ).toEqual([3, 4]);
  });
});

describe('a job', () => {
  it.each(['job-abort-halfway', 'job-fail-halfway'])('that ends by %s has its rest sent again', async (fault) => {
    const scene = await stage(
      Array.from({ length: 40 }, (_, i) => account(`A-${i}`)),
      {
        bulk: { chunkSize: 4, batchSize: 8 },
      },
    );
    scene.org.addFault(fault);
    const { status, topic } = await scene.runJson([...UPSERT_ACCOUNTS_IN_BULK, ...QUICK, 'dump.ndjson']);
    expect({ status, succeeded: topic().succeeded }).toEqual({ status: 0, succeeded: 40 });
    expect(scene.org.records('Account')).toHaveLength(40);
    expect(scene.org.history('Account')).toHaveLength(40);
    expect(topic().jobs.length).toBeGreaterThan(1);
  });

  it('that the org refuses as a whole fails its records', async () => {
    const scene = await stage([{ topic: 'leads', data: { LastName: 'L', Company: 'C', Nope__c: 1 } }]);
    const { status } = await scene.runJson([
      '--map',
      'leads=Lead:insert::bulk',
      '--unwritable',
      'send',
      ...QUICK,
      'dump.ndjson',
    ]);
    expect(status).toBe(1);
    expect(scene.failures()).toMatchObject([{ error: { outcome: 'failed', source: { line: 1 } } }]);
    expect(scene.failures()[0]!.error.message).toContain('Nope__c');
    expect(scene.org.records('Lead')).toEqual([]);
  });

  it('whose results are gone leaves inserts in doubt, and says so', async () => {
    const lines = ['L', undefined].map((LastName) => ({ topic: 'leads', data: { LastName, Company: 'C' } }));
    const scene = await stage(lines);
    scene.org.addFault('results-404:count=0');
    const { status, topic } = await scene.runJson([
      '--map',
      'leads=Lead:insert::bulk',
      ...QUICK,
      '--max-retries',
      '0',
      'dump.ndjson',
    ]);
    expect(status).toBe(1);
    expect(topic()).toMatchObject({ succeeded: 0, failed: 0, in_doubt: 2 });
    expect(scene.failures().map(({ error }) => error.outcome)).toEqual(['in_doubt', 'in_doubt']);
  });
});
