import { afterAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/accounting/summary.js';
import type { Mode } from '../../src/core/record.js';
import type { Fault } from '../../src/emulator/index.js';
import { Chance } from '../model/random.js';
import type { ChaosLine, ChaosTopic } from './dump.js';
import { Ordeal, type Ended, type Kill, type KillMoment } from './ordeal.js';
import { FIRST_SEED, FLAGS, IS_LONG, MOMENTS, randomKill, sideBySide, TIMEOUT_MS } from './pace.js';
import { Tally } from './tally.js';
import type { Verdict } from './verdict.js';
import { startWorld } from './world.js';

const MODES: readonly Mode[] = ['realtime', 'bulk'];
/** Replies that are lost once the work is done. */
const LOSSES: readonly Fault[] = [{ kind: 'reset-after' }, { kind: '500', processed: true }, { kind: 'truncate' }];

const tally = new Tally();

afterAll(() => {
  console.log(`${tally.kills} kills with insert_key\n\n${String(tally)}`);
});

describe('inserts with insert_key, replayed from the first line until a run ends', () => {
  it(
    'at random moments',
    async () => {
      const seeds = Array.from({ length: IS_LONG ? 40 : 1 }, (_, i) => FIRST_SEED + i);
      await sideBySide(
        seeds.flatMap((seed) => [true, false].map((hasJournal) => () => killAtRandom(seed, hasJournal))),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'exactly at each write of the journal',
    async () => {
      await sideBySide(MODES.map((mode) => () => sweepWrites(mode)));
    },
    TIMEOUT_MS,
  );

  it(
    'while each of their replies is lost',
    async () => {
      await sideBySide(MODES.map((mode) => () => loseReplies(mode)));
    },
    TIMEOUT_MS,
  );
});

async function killAtRandom(seed: number, hasJournal: boolean): Promise<void> {
  const chance = new Chance(seed * 104_729 + (hasJournal ? 0 : 1));
  const name = `random, ${hasJournal ? 'journal' : 'no journal'}`;
  await undergo({ name, seed, modes: MODES, hasJournal, lines: 24 }, async (ordeal) => {
    for (let i = 0; i < (IS_LONG ? 16 : 3); i++) {
      if (chance.happens(0.3)) ordeal.options.org.addFault({ ...chance.pick(LOSSES), nth: 3 + chance.integer(12) });
      if ((await ordeal.run(randomKill(chance))) !== undefined) return;
    }
  });
}

async function sweepWrites(mode: Mode): Promise<void> {
  for (let nth = IS_LONG ? 1 : 3; ; nth += IS_LONG ? 1 : 8) {
    let kills = 0;
    for (const when of IS_LONG ? MOMENTS : [MOMENTS[nth % 3] as KillMoment]) {
      const setting = { name: `${mode}, each write of the journal`, seed: FIRST_SEED + nth, modes: [mode] };
      kills += await undergo({ ...setting, hasJournal: true, lines: 16 }, async (ordeal) => {
        await ordeal.run({ kind: 'write', file: 'journal', nth, when });
      });
    }
    if (kills === 0) return;
  }
}

/** The reply to each request is lost in a run of its own, which goes on, or is killed soon after. */
async function loseReplies(mode: Mode): Promise<void> {
  const step = IS_LONG ? 1 : 20;
  for (let nth = IS_LONG ? 1 : 8, requests = Infinity; nth <= requests; nth += step) {
    for (const [i, loss] of (IS_LONG ? LOSSES : LOSSES.slice(0, 1)).entries()) {
      const setting = { name: `${mode}, each reply lost`, seed: FIRST_SEED + nth, modes: [mode], lines: 16 };
      await undergo({ ...setting, hasJournal: (nth + i) % 2 === 0 }, async (ordeal) => {
        const { org } = ordeal.options;
        org.addFault({ ...loss, nth });
        const kill: Kill = { kind: 'requests', count: nth, delayMs: 12 };
        if ((await ordeal.run(IS_LONG && (nth + i) % 3 > 0 ? kill : undefined)) === undefined) return;
        requests = org.requests.length;
      });
    }
  }
}

interface Setting {
  readonly name: string;
  readonly seed: number;
  readonly modes: readonly Mode[];
  readonly hasJournal: boolean;
  readonly lines: number;
}

/** Returns how often it was killed. */
async function undergo(setting: Setting, happen: (ordeal: Ordeal) => Promise<void>): Promise<number> {
  const { name, seed, modes, hasJournal } = setting;
  const { org } = await startWorld(seed, 0);
  const topics = modes.map((mode): ChaosTopic => ({ name: `${mode}-keyed`, operation: 'insert', mode }));
  const lines = makeLines(seed, topics, setting.lines);
  const mapping = { sobject: 'Account', operation: 'insert', insert_key: 'External_Id__c' };
  const config = { topic_mappings: topics.map((topic) => ({ ...mapping, topic: topic.name, mode: topic.mode })) };
  const source = seed % 2 === 0 ? 'stdin' : 'file';
  const ordeal = new Ordeal({ org, lines, source, flags: FLAGS, config, hasJournal });
  try {
    await happen(ordeal);
    const ended = await ordeal.run();
    if (ended === undefined) throw new Error('killed by somebody else');
    const verdict = judge(ordeal, ended);
    tally.add(name, ordeal, verdict);
    const phases = ordeal.killed.map(({ phase }) => phase).join(', ');
    expect(verdict.wrongs, `${phases}\n${ended.stderr}\n${ordeal.journal()}`).toEqual([]);
    return ordeal.killed.length;
  } finally {
    ordeal.clear();
    await org.stop();
  }
}

/** Lines that are equal, equal records in other envelopes, keys of their own and places in Kafka; and what cannot be written. */
function makeLines(seed: number, topics: readonly ChaosTopic[], count: number): ChaosLine[] {
  const chance = new Chance(seed);
  return Array.from({ length: count }, (_, i) => {
    const topic = chance.pick(topics);
    const marker = chance.happens(0.4) ? `${topic.name} twin` : `${topic.name} ${i}`;
    if (chance.happens(0.05))
      return { text: `{"topic":"${i}`, topic: undefined, marker: '', key: undefined, expected: 'failed' };
    const line = (data: object, expected: ChaosLine['expected']): ChaosLine => {
      const place = chance.happens(0.2) ? { partition: 0, offset: i } : {};
      const record = { ...data, Description: marker };
      const value = chance.pick([
        { data: record },
        { payload: JSON.stringify(record) },
        { value: record, key: String(i) },
      ]);
      return {
        text: JSON.stringify({ topic: topic.name, ...place, ...value }),
        topic,
        marker,
        key: undefined,
        expected,
      };
    };
    if (chance.happens(0.1)) return line({}, 'failed');
    if (chance.happens(0.1)) return line({ Name: 'bad', Since__c: '31/12/2025' }, 'failed');
    return line({ Name: 'x', ...(chance.happens(0.2) && { External_Id__c: `own ${i}` }) }, 'written');
  });
}

/** Rows equal lines, whatever came in between; nothing is in doubt. */
function judge(ordeal: Ordeal, ended: Ended): Verdict {
  const { lines, org } = ordeal.options;
  const wrongs: string[] = [];
  const count = (texts: readonly unknown[], marker: string): number => texts.filter((text) => text === marker).length;
  const rows = org.records('Account').map(({ Description: text }) => text);
  const written = lines.filter(({ expected }) => expected === 'written').map(({ marker }) => marker);
  if (rows.length !== written.length) wrongs.push(`${rows.length} rows, ${written.length} lines`);
  for (const marker of new Set(written)) {
    const [found, wanted] = [count(rows, marker), count(written, marker)];
    if (found !== wanted) wrongs.push(`${marker}: ${found} rows, ${wanted} lines`);
  }
  const failed = lines.flatMap(({ expected }, i) => (expected === 'failed' ? [i + 1] : []));
  const letters = ordeal.failures().map(({ error }) => error);
  const told = letters.map(({ source }) => source.line).sort((a, b) => a - b);
  if (told.join() !== failed.join()) wrongs.push(`lines ${told.join()} are in the failures file, not ${failed.join()}`);
  const others = letters.filter(({ outcome }) => outcome !== 'failed');
  for (const { outcome, source } of others) wrongs.push(`line ${source.line} is ${outcome}`);
  if (ended.status === (failed.length > 0 ? 1 : 0)) {
    const { read, in_doubt: inDoubt, unsent } = (JSON.parse(ended.stdout) as Summary).totals;
    if (read !== lines.length || inDoubt + unsent > 0) wrongs.push(`totals ${ended.stdout}`);
  } else wrongs.push(`status ${ended.status}: ${ended.stderr}`);
  const versions = org.history('Account').length;
  return {
    wrongs,
    written: rows.length,
    failed: failed.length,
    inDoubt: others.length,
    repeated: versions - rows.length,
  };
}
