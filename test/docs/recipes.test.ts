import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { account, stage } from '../cli/stage.js';
import { blocks } from './readme.js';

const yaml = blocks('yaml');
const holding = (text: string): string => {
  const found = yaml.filter((block) => block.includes(text));
  expect(found, text).toHaveLength(1);
  return found[0]!;
};

describe('the configuration of a recipe works:', () => {
  test('a compacted Kafka topic', async () => {
    const lines = [
      account('A-1'),
      account('A-1', { Phone: '2' }),
      { topic: 'accounts', key: 'A-1', data: null },
      account('A-2'),
    ];
    const scene = await stage(lines.map((line) => ({ ...line, topic: 'crm.accounts' })));
    scene.write('sfreplay.yaml', holding('tombstones: delete'));
    const { status, topic } = await scene.runJson([
      '-c',
      'sfreplay.yaml',
      '--bulk-poll-interval',
      '50ms',
      'dump.ndjson',
    ]);
    expect(status).toBe(0);
    expect(topic()).toMatchObject({ succeeded: 3, superseded: 1, mode: 'bulk' });
    expect(scene.org.records('Account')).toHaveLength(1);
  });

  test('parents and children', async () => {
    const child = { External_Id__c: 'C-1', LastName: 'x', Account: { External_Id__c: 'A-1' } };
    const scene = await stage([
      { topic: 'crm.contacts', data: child },
      { ...account('A-1'), topic: 'crm.accounts' },
    ]);
    scene.write('sfreplay.yaml', holding('depends_on: ['));
    const { status } = await scene.runJson(['-c', 'sfreplay.yaml', 'dump.ndjson']);
    expect(status).toBe(0);
    expect(scene.org.records('Contact')).toHaveLength(1);
  });
});

test('an Indexed Job has a shard for each of its pods', () => {
  const job = parse(holding('completionMode: Indexed')) as {
    spec: { completions: number; template: { spec: { containers: { args: string[] }[] } } };
  };
  const { completions, template } = job.spec;
  expect(template.spec.containers[0]!.args[0]).toContain(`--shard $((JOB_COMPLETION_INDEX + 1))/${completions} `);
});

test('a CI matrix has a job for each of its shards', () => {
  const { jobs } = parse(holding('matrix:')) as {
    jobs: { replay: { strategy: { matrix: { shard: number[] } }; steps: { run?: string }[] } };
  };
  const { shard } = jobs.replay.strategy.matrix;
  expect(shard).toEqual(shard.map((_, i) => i + 1));
  const [run] = jobs.replay.steps.flatMap((step) => (step.run?.includes('sfreplay') === true ? [step.run] : []));
  expect(run).toContain(`--shard \${{ matrix.shard }}/${shard.length} `);
});

test('the flags of all recipes exist', () => {
  const flags = yaml.join('\n').match(/(?<= )--[a-z][a-z-]+/g) ?? [];
  const known = readFileSync(new URL('../../src/cli/flags.ts', import.meta.url), 'utf8');
  expect(flags.length).toBeGreaterThan(4);
  for (const flag of flags) expect(known).toContain(flag);
});
