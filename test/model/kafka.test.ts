import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { settingsFromObject } from '../../src/config/load.js';
import type { Emulator } from '../../src/emulator/index.js';
import { openFiles } from '../../src/input/source.js';
import { replay } from '../../src/replay/replay.js';
import { rowsOf } from './compare.js';
import { firstKafkaDifference, type ShardRun } from './kafka-compare.js';
import { EARLIER, generateKafkaDump, type KafkaTopic } from './kafka-dump.js';
import { KafkaModel } from './kafka-model.js';
import { Chance } from './random.js';
import { RULES } from './rules.js';
import { addHarmlessFaults, create, startWorld } from './world.js';

/** KAFKA_SEEDS=5000 tries more of them, KAFKA_SEED=17 only that one. */
const SEEDS = Number(process.env.KAFKA_SEEDS ?? 30);
const ONLY = process.env.KAFKA_SEED;
const BLOCK = 10;

describe('a dump with tombstones and many versions ends as the model says', () => {
  const blocks = Array.from({ length: Math.ceil(SEEDS / BLOCK) }, (_, i) => i * BLOCK + 1);
  const seeds = ONLY === undefined ? blocks : [Number(ONLY)];
  it.each(seeds)('from seed %i', { timeout: 600_000 }, async (first) => {
    const past = ONLY === undefined ? first + BLOCK : first + 1;
    // Whole, and between two and three runs.
    for (let seed = first; seed < past; seed++) await expectAgreement(seed, 1 + (seed % 3));
  });
});

async function expectAgreement(seed: number, shards: number): Promise<void> {
  const luck = vi.spyOn(Math, 'random').mockReturnValue(0.001);
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-kafka-'));
  const chance = new Chance(seed);
  const { org, population } = await startWorld(chance, seed);
  const cleanUp = async (): Promise<void> => {
    luck.mockRestore();
    await org.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  onTestFinished(cleanUp);
  for (const [sobject, records] of Object.entries(EARLIER)) await create(org, records, sobject);
  const { topics, lines } = generateKafkaDump(chance, population, 40 + chance.integer(100));
  const dump = join(folder, 'dump.ndjson');
  writeFileSync(dump, lines.map(({ text }) => `${text}\n`).join(''));
  const model = new KafkaModel(rowsOf(org));
  model.replay(lines);
  if (chance.happens(0.4)) addHarmlessFaults(org, chance);
  const before = Object.fromEntries(Object.keys(RULES).map((sobject) => [sobject, org.history(sobject).length]));
  const runs: ShardRun[] = [];
  for (let shard = 1; shard <= shards; shard++) {
    const files = { failures_file: join(folder, `failed-${shard}`), successes_file: join(folder, `ok-${shard}`) };
    const settings = settingsFromObject({
      ...configOf(org, topics, seed % 2 === 0),
      ...files,
      shard: `${shard}/${shards}`,
    });
    const summary = await replay({ settings, input: await openFiles([dump], process.stdin), runId: 'model' });
    runs.push({ summary, failures: readIfThere(files.failures_file), successes: readIfThere(files.successes_file) });
  }
  const difference = firstKafkaDifference({ topics, lines, runs, before }, model, org);
  expect(difference, `seed ${seed} (KAFKA_SEED=${seed} runs it alone): ${difference ?? ''}`).toBeUndefined();
  await cleanUp();
}

function configOf(org: Emulator, topics: readonly KafkaTopic[], isAuto: boolean): Record<string, unknown> {
  return {
    org_url: org.url,
    client_id: org.clientId,
    client_secret: org.clientSecret,
    bulk_batch_size: isAuto ? 'auto' : 7,
    max_in_flight: isAuto ? 'auto' : 8,
    bulk_poll_interval: '5ms',
    // Batches are closed by what is in them alone.
    batch_period: '1h',
    topic_mappings: topics.map((topic) => Object.fromEntries(Object.entries(topic).filter(([key]) => key !== 'keys'))),
  };
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
