import { describe, expect, it } from 'vitest';
import { stage } from '../stage.js';

const BASE = {
  name: 'Base__mdt',
  createable: false,
  updateable: false,
  deletable: false,
  fields: [{ name: 'DeveloperName', type: 'string', length: 40 }],
};
const ORDER = { name: 'Order__e', fields: [{ name: 'Order_Number__c', type: 'string', length: 20 }] };
/** As no org describes it, so that the delete is begun: its Id is nowhere in describe. */
const ODD = {
  name: 'Odd__c',
  keyPrefix: 'a0X',
  deletable: true,
  fields: [{ name: 'Name', type: 'string', length: 80 }],
};

const LINES = [{ topic: 'r', data: { Id: 'e015e0000000001AAA', Order_Number__c: 'O-1', DeveloperName: 'Base' } }];

describe('what an sObject does not take', () => {
  it.each([
    [
      'Base__mdt:insert',
      'Base__mdt does not allow insert (operation of topic r)',
      'No operation is allowed: custom metadata is deployed, not written as records.',
    ],
    [
      'Base__mdt:insert::bulk',
      'Base__mdt does not allow insert (operation of topic r)',
      'No operation is allowed: custom metadata is deployed, not written as records.',
    ],
    [
      'Order__e:update',
      'Order__e does not allow update (operation of topic r)',
      'Allowed: insert. Events can only be published.',
    ],
    [
      'Order__e:delete',
      'Order__e does not allow delete (operation of topic r)',
      'Allowed: insert. Events can only be published.',
    ],
    [
      'Order__e:delete::bulk',
      'Order__e does not allow delete (operation of topic r)',
      'Allowed: insert. Events can only be published.',
    ],
  ])('%s is refused before anything is sent, by replay and by check', async (mapping, sentence, hint) => {
    const scene = await stage(LINES, { describes: [BASE, ORDER] });
    for (const command of [['replay'], ['check']]) {
      const run = await scene.run([...command, '--map', `r=${mapping}`, 'dump.ndjson']);
      expect(run).toEqual({ status: 2, stdout: '', stderr: `sfreplay: error: ${sentence}\n  hint: ${hint}\n` });
    }
    expect(new Set(scene.org.requests.map(({ kind }) => kind))).toEqual(new Set(['token', 'describe']));
  });

  it.each(['realtime', 'bulk'])('a delete in %s is sent with its Id whatever describe says of it', async (mode) => {
    const scene = await stage(
      [
        { topic: 'r', data: { Id: 'a0X5e0000000001AAA' } },
        { topic: 'r', data: { Name: 'x' } },
      ],
      {
        describes: [ODD],
      },
    );
    const { status, topic } = await scene.runJson(['--map', `r=Odd__c:delete::${mode}`, 'dump.ndjson']);
    expect(status).toBe(1);
    expect(topic().errors.map(({ code }) => code)).toContain('MISSING_KEY');
    expect(JSON.stringify(scene.org.requests)).not.toContain('undefined');
    const sent = scene.org.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
    if (mode === 'realtime') expect(sent).toEqual([expect.stringContaining('ids=a0X5e0000000001AAA')]);
  });
});

describe('wrong mappings', () => {
  it('are told all at once', async () => {
    const scene = await stage(LINES, { describes: [ORDER] });
    const maps = ['Ghost__c:insert', 'Account:upsert:Phone', 'Contact:insert', 'Order__e:delete'];
    const words = maps.flatMap((mapping, index) => ['--map', `t${index}=${mapping}`]);
    const { status, stdout, stderr } = await scene.run(['check', ...words]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      'sfreplay: error: 3 mappings do not fit the org.',
      '  --map t0=Ghost__c:insert: sobject         The org has no sObject Ghost__c that this user can see (mapped from topic t0). Check the name and the permissions of the user.',
      expect.stringMatching(
        /^ {2}--map t1=Account:upsert:Phone: external_id_field {2}Account\.Phone is not an external id \(external_id_field of topic t1\)\. Fields of Account that can be the key: .*External_Id__c/,
      ),
      '  --map t3=Order__e:delete: operation       Order__e does not allow delete (operation of topic t3). Allowed: insert. Events can only be published.',
      '',
    ]);
  });
});
