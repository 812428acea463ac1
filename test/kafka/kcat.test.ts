import { describe, expect, it } from 'vitest';
import type { TopicSummary } from '../../src/accounting/summary.js';
import { readJsonEnd, stage, type JsonEnd, type Stage } from '../cli/stage.js';
import { HAS_KCAT, MockBroker, type KeyedMessage } from './broker.js';

const KEYS = Array.from({ length: 60 }, (_, i) => `A-${i}`);

/** Three versions of each key, and a tombstone after the second of every third and at the end of every fifth. */
const messages: readonly KeyedMessage[] = [
  ...KEYS.map((key): KeyedMessage => [key, { External_Id__c: key, Name: 'first', Phone: '1' }]),
  ...KEYS.map((key): KeyedMessage => [key, { External_Id__c: key, Name: 'second' }]),
  ...KEYS.filter((_, i) => i % 3 === 0).map((key): KeyedMessage => [key, null]),
  ...KEYS.map((key): KeyedMessage => [key, { External_Id__c: key, Name: `third of ${key}` }]),
  ...KEYS.filter((_, i) => i % 5 === 0).map((key): KeyedMessage => [key, null]),
];

async function replayTopic(
  scene: Stage,
  broker: MockBroker,
  topic: string,
  words: readonly string[],
): Promise<JsonEnd> {
  const play = scene.start([...words, '--bulk-poll-interval', '50ms', '--json']);
  broker.consume(topic).stdout?.pipe(play.child.stdin as NodeJS.WritableStream);
  return readJsonEnd(await play.ended);
}

const name = HAS_KCAT
  ? 'a dump by kcat'
  : 'a dump by kcat: left out, because kcat is not installed (apt-get install kcat)';

describe.skipIf(!HAS_KCAT)(name, () => {
  it.each([
    ['realtime', false],
    ['realtime', true],
    ['bulk', false],
    ['bulk', true],
  ])('of versions and tombstones over several partitions arrives in %s (compact: %s)', async (mode, compact) => {
    const broker = await MockBroker.start();
    await broker.produce('crm.accounts', messages);
    const scene = await stage();
    scene.write(
      'sfreplay.yaml',
      `topic_mappings:
  - topic: crm.accounts
    sobject: Account
    external_id_field: External_Id__c
    mode: ${mode}
    tombstones: delete
    compact: ${compact}
`,
    );
    const { status, topic } = await replayTopic(scene, broker, 'crm.accounts', ['-c', 'sfreplay.yaml']);
    expect(scene.failures()).toEqual([]);
    expect(status).toBe(0);
    const { read, succeeded, superseded }: TopicSummary = topic();
    expect([read, succeeded + superseded]).toEqual([messages.length, messages.length]);
    expect(superseded > 0).toBe(compact);
    const left = scene.org.records('Account');
    const expected = KEYS.filter((_, i) => i % 5 !== 0);
    expect(left.map(({ External_Id__c }) => External_Id__c).sort()).toEqual([...expected].sort());
    for (const { External_Id__c: key, Name, Phone } of left) {
      expect(Name).toBe(`third of ${String(key)}`);
      // What was deleted in between begins anew.
      expect(Phone ?? null).toBe(KEYS.indexOf(String(key)) % 3 === 0 ? null : '1');
    }
  });

  it('can be shared by several runs', async () => {
    const broker = await MockBroker.start();
    await broker.produce('crm.accounts', messages);
    const scene = await stage();
    scene.write(
      'sfreplay.yaml',
      'topic_mappings: [{topic: crm.accounts, sobject: Account, external_id_field: External_Id__c, tombstones: delete}]\n',
    );
    const ends = await Promise.all(
      ['1/2', '2/2'].map((shard) =>
        replayTopic(scene, broker, 'crm.accounts', ['-c', 'sfreplay.yaml', '--shard', shard]),
      ),
    );
    expect(ends.map(({ status }) => status)).toEqual([0, 0]);
    expect(ends.reduce((sum, { summary }) => sum + summary.totals.succeeded, 0)).toBe(messages.length);
    expect(scene.org.records('Account')).toHaveLength(48);
  });
});
