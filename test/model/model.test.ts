import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Summary } from '../../src/accounting/summary.js';
import { settingsFromObject } from '../../src/config/load.js';
import type { Emulator } from '../../src/emulator/index.js';
import { openFiles } from '../../src/input/source.js';
import { replay } from '../../src/replay/replay.js';
import { sfreplayProcess } from '../cli/executable.js';
import { firstDifference, rowsOf } from './compare.js';
import { generateDump, type GeneratedTopic } from './generate.js';
import { Model } from './model.js';
import { Chance } from './random.js';
import { reshapeDump } from './reshape.js';
import { RULES } from './rules.js';
import { addHarmlessFaults, startWorld } from './world.js';

/** MODEL_SEEDS=5000 tries more of them, MODEL_SEED=17 only that one. */
const SEEDS = Number(process.env.MODEL_SEEDS ?? 50);
const ONLY = process.env.MODEL_SEED;
const BLOCK = 10;
const BATCH_SIZE = 7;
/** Of `bulk_batch_size: auto` in realtime. */
const LARGEST_CALL = 200;

type Play = (folder: string, config: Record<string, unknown>) => Promise<Summary>;

describe('a generated dump ends as the model says', () => {
  const blocks = Array.from({ length: Math.ceil(SEEDS / BLOCK) }, (_, i) => i * BLOCK + 1);
  const seeds = ONLY === undefined ? blocks : [Number(ONLY)];
  it.each(seeds)('from seed %i', { timeout: 600_000 }, async (first) => {
    const past = ONLY === undefined ? first + BLOCK : first + 1;
    for (let seed = first; seed < past; seed++) await expectAgreement(seed, playInProcess);
  });

  it.each([1000, 1001, 1002, 1003])('through the executable: seed %i', async (seed) => {
    await expectAgreement(seed, playExecutable);
  });
});

async function expectAgreement(seed: number, play: Play): Promise<void> {
  // Waiting before a repetition is a matter of chance too: here it is always lucky.
  const luck = vi.spyOn(Math, 'random').mockReturnValue(0.001);
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-model-'));
  const chance = new Chance(seed);
  const { org, population } = await startWorld(chance, seed);
  const cleanUp = async (): Promise<void> => {
    luck.mockRestore();
    await org.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  onTestFinished(cleanUp);
  const dump = generateDump(chance, population, 40 + chance.integer(120));
  // Half of them; both kinds of batches, of faults and of refusals are among them.
  const isReshaped = seed % 4 > 1;
  const { topics, lines, meant } = isReshaped ? reshapeDump(chance, dump) : { ...dump, meant: dump.lines };
  writeFileSync(join(folder, 'dump.ndjson'), lines.map((line) => `${line}\n`).join(''));
  const policies = {
    unwritable: chance.happens(0.2) ? ('fail' as const) : ('drop' as const),
    unmapped: chance.happens(0.3) ? ('fail' as const) : ('skip' as const),
    refusesWhole: seed % 5 === 0,
  };
  const isAuto = seed % 2 === 0;
  const model = new Model(rowsOf(org), { topics, batchSize: isAuto ? LARGEST_CALL : BATCH_SIZE, ...policies });
  model.replay(meant);
  const isKeyed = topics.every(({ operation, insert_key: key }) => operation !== 'insert' || key !== undefined);
  if (seed % 3 === 0) addHarmlessFaults(org, chance, isReshaped && isKeyed);
  if (policies.refusesWhole) org.addFault('bad-value-400:count=0');
  const before = Object.fromEntries(Object.keys(RULES).map((sobject) => [sobject, org.history(sobject).length]));
  const wantsSuccesses = chance.happens(0.3);
  const summary = await play(folder, {
    ...configOf(org, topics, isAuto),
    unmapped_topics: policies.unmapped,
    unwritable_fields: policies.unwritable,
    failures_file: join(folder, 'failed.ndjson'),
    ...(wantsSuccesses ? { successes_file: join(folder, 'ok.ndjson') } : {}),
  });
  const failures = readIfThere(join(folder, 'failed.ndjson'));
  const difference = firstDifference({ lines, topics, summary, failures, before }, model, org);
  expect(difference, `seed ${seed} (MODEL_SEED=${seed} runs it alone): ${difference ?? ''}`).toBeUndefined();
  if (wantsSuccesses) expectSuccesses(readIfThere(join(folder, 'ok.ndjson')), model, org, `seed ${seed}`);
  await cleanUp();
}

function configOf(org: Emulator, topics: readonly GeneratedTopic[], isAuto: boolean): Record<string, unknown> {
  return {
    org_url: org.url,
    client_id: org.clientId,
    client_secret: org.clientSecret,
    bulk_batch_size: isAuto ? 'auto' : BATCH_SIZE,
    max_in_flight: isAuto ? 'auto' : 8,
    max_concurrent_bulk_jobs: 10,
    bulk_poll_interval: '5ms',
    // Batches are closed by what is in them alone.
    batch_period: '1h',
    topic_mappings: topics.map((topic) => Object.fromEntries(Object.entries(topic).filter(([key]) => key !== 'keys'))),
  };
}

const playInProcess: Play = async (folder, config) =>
  replay({
    settings: settingsFromObject(config),
    input: await openFiles([join(folder, 'dump.ndjson')], process.stdin),
    runId: 'model',
  });

const playExecutable: Play = async (folder, config) => {
  writeFileSync(join(folder, 'sfreplay.json'), JSON.stringify(config));
  const { status, stdout, stderr } = await sfreplayProcess(['-c', 'sfreplay.json', '--json', '-q', 'dump.ndjson'], {
    cwd: folder,
  });
  expect(status, stderr).toBeOneOf([0, 1]);
  return JSON.parse(stdout) as Summary;
};

/** One line for each record that was written, which names the record that this line wrote. */
function expectSuccesses(text: string, model: Model, org: Emulator, seed: string): void {
  const told = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { topic: string; line: number; id: string; created: boolean | null });
  const written = model.verdicts.filter(({ outcome }) => outcome === 'succeeded');
  expect(
    told.map(({ line }) => line).sort((a, b) => a - b),
    seed,
  ).toEqual(written.map(({ line }) => line));
  const ids = new Map<string, string>();
  for (const sobject of Object.keys(RULES)) {
    for (const { id, fields } of org.history(sobject)) ids.set(String(fields[RULES[sobject]!.marker]), id);
  }
  for (const { line, id } of told) {
    expect(id, `${seed}, line ${line}`).toMatch(/^\w{18}$/);
    const marked = ids.get(`L${line}`);
    if (marked !== undefined) expect(id, `${seed}, line ${line}`).toBe(marked);
  }
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
