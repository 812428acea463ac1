import { afterAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/accounting/summary.js';
import { Chance } from '../model/random.js';
import type { Mode } from '../../src/core/record.js';
import { makeDump, mapFlags, TOPICS, type ChaosTopic } from './dump.js';
import { Ordeal, type Ended, type Kill, type KillMoment } from './ordeal.js';
import { FIRST_SEED, FLAGS, IS_LONG, MOMENTS, randomKill, sideBySide, TIMEOUT_MS } from './pace.js';
import { Tally } from './tally.js';
import { judge } from './verdict.js';
import { startWorld } from './world.js';

const tally = new Tally();

afterAll(() => {
  console.log(`${tally.kills} kills\n\n${String(tally)}`);
});

describe('a run that is killed and started again', () => {
  it(
    'at random moments',
    async () => {
      const seeds = Array.from({ length: IS_LONG ? 18 : 2 }, (_, i) => FIRST_SEED + i);
      await sideBySide(seeds.map((seed) => () => killAtRandom(seed, IS_LONG ? 20 : 6)));
    },
    TIMEOUT_MS,
  );

  it.each(['journal', 'failures'] as const)(
    'exactly at each write of the %s',
    async (file) => {
      const step = IS_LONG ? 1 : file === 'journal' ? 23 : 5;
      await sideBySide(
        (['realtime', 'bulk'] as const).map((mode) => async () => {
          const topics = TOPICS.filter((topic) => topic.mode === mode);
          await sweepWrites(`${mode}, each write of the ${file}`, file, topics, step);
        }),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'again and again while it resumes',
    async () => {
      await sideBySide(
        (['realtime', 'bulk'] as const).map((mode) => async () => {
          await killSuccessors(
            mode,
            TOPICS.filter((topic) => topic.mode === mode),
          );
        }),
      );
    },
    TIMEOUT_MS,
  );
});

/** One dump with every operation in both modes, killed many times on its way. */
async function killAtRandom(seed: number, kills: number): Promise<void> {
  const chance = new Chance(seed * 7919);
  const source = seed % 2 === 0 ? 'stdin' : 'file';
  await undergo({ name: `random, ${source}`, seed, source, linesPerTopic: 24, topics: TOPICS }, async (ordeal) => {
    for (let i = 0; i < kills; i++) if ((await ordeal.run(randomKill(chance))) !== undefined) break;
  });
}

/** As many dumps as there are writes, each killed at another one; or every so many-th of them. */
async function sweepWrites(
  name: string,
  file: 'journal' | 'failures',
  topics: readonly ChaosTopic[],
  step: number,
): Promise<void> {
  for (let nth = 1; ; nth += step) {
    let kills = 0;
    for (const when of IS_LONG ? MOMENTS : [MOMENTS[nth % 3] as KillMoment]) {
      const source = nth % 2 === 0 ? 'stdin' : 'file';
      kills += await undergo({ name, seed: FIRST_SEED + nth, source, linesPerTopic: 4, topics }, async (ordeal) => {
        await ordeal.run({ kind: 'write', file, nth, when });
      });
    }
    // There were fewer writes than that.
    if (kills === 0) return;
  }
}

/** The first run is killed at a write of its journal, and so are the runs that take up what it left. */
async function killSuccessors(mode: Mode, topics: readonly ChaosTopic[]): Promise<void> {
  for (let nth = 2; ; nth += IS_LONG ? 1 : 29) {
    let kills = 0;
    for (let write = 1; write <= (IS_LONG ? 4 : 1); write++) {
      const setting = { name: `${mode}, successors`, seed: FIRST_SEED + nth, linesPerTopic: 4, topics };
      kills = await undergo({ ...setting, source: nth % 2 === 0 ? 'stdin' : 'file' }, async (ordeal) => {
        const at = (nth: number, i: number): Kill => {
          return { kind: 'write', file: 'journal', nth, when: MOMENTS[(nth + write + i) % 3] as KillMoment };
        };
        await ordeal.run(at(nth, 2));
        for (let i = 0; i < 4; i++) {
          const isAborting = mode === 'bulk' && (i + write) % 2 === 0;
          const kill: Kill =
            isAborting && hasOpenJob(ordeal) ? { kind: 'abort' } : at(i === 0 ? write : 1 + (i % 2), i);
          if ((await ordeal.run(kill)) !== undefined) return;
        }
      });
    }
    if (kills === 0) return;
  }
}

function hasOpenJob({ options: { org } }: Ordeal): boolean {
  return org.jobs().some(({ state }) => state === 'Open');
}

interface Setting {
  readonly name: string;
  readonly seed: number;
  readonly source: 'file' | 'stdin';
  readonly linesPerTopic: number;
  readonly topics: readonly ChaosTopic[];
}

/** Sets up an org and a dump, lets `happen` what will, and sees how it ends. Returns how often it was killed. */
async function undergo(setting: Setting, happen: (ordeal: Ordeal) => Promise<void>): Promise<number> {
  const { name, seed, source, linesPerTopic, topics } = setting;
  const { org, population } = await startWorld(seed, linesPerTopic * 6);
  const lines = makeDump(seed, population, linesPerTopic, topics);
  const ordeal = new Ordeal({ org, lines, source, flags: [...mapFlags(topics), ...FLAGS] });
  try {
    await happen(ordeal);
    await finish(ordeal, name);
    return ordeal.killed.length;
  } finally {
    ordeal.clear();
    await org.stop();
  }
}

function totalsOf(ended: Ended | undefined): unknown {
  return (JSON.parse(ended?.stdout ?? '') as Summary).totals;
}

/** Lets it come to its end, looks at what it came to, and makes sure that there is nothing left to do. */
async function finish(ordeal: Ordeal, name: string): Promise<void> {
  const ended = await ordeal.run();
  if (ended === undefined) throw new Error('killed by somebody else');
  const verdict = judge(ordeal, ended);
  tally.add(name, ordeal, verdict);
  const report = `${ordeal.killed.map(({ phase }) => phase).join(', ')}\n${ended.stderr}\n${ordeal.journal()}`;
  expect(verdict.wrongs, report).toEqual([]);

  const { org } = ordeal.options;
  const [versions, requests, failures] = [ordeal.history().length, org.requests.length, ordeal.failures().length];
  const again = await ordeal.run();
  expect(again?.stderr).toContain('is finished: there is nothing to send');
  expect(again?.status).toBe(ended.status);
  expect(totalsOf(again)).toEqual(totalsOf(ended));
  expect([ordeal.history().length, org.requests.length, ordeal.failures().length]).toEqual([
    versions,
    requests,
    failures,
  ]);
}
