import { afterAll, describe, expect, it } from 'vitest';
import type { Mode } from '../../src/core/record.js';
import type { Emulator, RecordVersion } from '../../src/emulator/index.js';
import { readLines } from '../cli/stage.js';
import { Chance } from '../model/random.js';
import type { ChaosLine, ChaosTopic } from './dump.js';
import { Ordeal, type Ended, type Kill, type KillMoment } from './ordeal.js';
import { FIRST_SEED, FLAGS, IS_LONG, MOMENTS, randomKill, sideBySide, TIMEOUT_MS } from './pace.js';
import { Tally } from './tally.js';
import { failuresByLine, judgeEnd, judgeSettled, numbered, type Line, type Verdict } from './verdict.js';
import { createAccounts, startWorld } from './world.js';

const MODES: readonly Mode[] = ['realtime', 'bulk'];
const OPERATIONS = ['upsert', 'update', 'delete', 'insert'] as const;
const KEY_FIELD = 'External_Id__c';
/** What a record without a key of its own is called: its key is made of its text. */
const NEW = 'new';
const OLD = { Name: 'old', Description: 'old' };
/** That no record has. */
const NO_ID = `001${'0'.repeat(12)}AAA`;

const tally = new Tally();
/** Writes whose outcome no run has heard of: the next one read that the org holds them. */
let foundAgain = 0;

afterAll(() => {
  console.log(`${tally.kills} kills with only_changes, ${foundAgain} unheard writes found again\n\n${String(tally)}`);
});

describe('a run with only_changes that is killed and started again', () => {
  it(
    'at random moments',
    async () => {
      const seeds = Array.from({ length: IS_LONG ? 40 : 2 }, (_, i) => FIRST_SEED + i);
      await sideBySide(seeds.map((seed) => () => killAtRandom(seed)));
      if (IS_LONG) expect(foundAgain).toBeGreaterThan(0);
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
});

async function killAtRandom(seed: number): Promise<void> {
  const chance = new Chance(seed * 15_485_863);
  await undergo({ name: 'random', seed, modes: MODES, linesPerTopic: 16 }, async (ordeal) => {
    for (let i = 0; i < (IS_LONG ? 12 : 3); i++) {
      const inTheMiddle: Kill = { kind: 'writes', count: 1 + chance.integer(5), delayMs: chance.integer(25) };
      if ((await ordeal.run(chance.happens(0.6) ? inTheMiddle : randomKill(chance))) !== undefined) return;
    }
  });
}

/** As many dumps as there are writes, each killed at another one; or at one in the middle alone. */
async function sweepWrites(mode: Mode): Promise<void> {
  for (let nth = IS_LONG ? 1 : 8; ; nth++) {
    let kills = 0;
    for (const when of IS_LONG ? MOMENTS : [MOMENTS[nth % 3] as KillMoment]) {
      const setting = { name: `${mode}, each write of the journal`, seed: FIRST_SEED + nth, modes: [mode] };
      kills += await undergo({ ...setting, linesPerTopic: 8 }, async (ordeal) => {
        await ordeal.run({ kind: 'write', file: 'journal', nth, when });
      });
    }
    // There were fewer writes than that.
    if (kills === 0 || !IS_LONG) return;
  }
}

/** What the org holds of a line's record before the first run. */
type Had = 'nothing' | 'another state' | 'the same';

interface ChangeLine extends ChaosLine {
  readonly topic: ChaosTopic;
  readonly had: Had;
  readonly record: object;
  /** Set where more lines have its key, each of which asks for another state. */
  readonly version?: number;
}

interface Setting {
  readonly name: string;
  readonly seed: number;
  readonly modes: readonly Mode[];
  readonly linesPerTopic: number;
}

/** Returns how often it was killed. */
async function undergo(setting: Setting, happen: (ordeal: Ordeal) => Promise<void>): Promise<number> {
  const { name, seed, modes, linesPerTopic } = setting;
  const { org } = await startWorld(seed, 0);
  const topics = modes.flatMap((mode) =>
    OPERATIONS.map((operation): ChaosTopic => ({ name: `${mode}-${operation}`, operation, mode })),
  );
  const lines = await makeLines(new Chance(seed), org, topics, linesPerTopic);
  const before = org.history('Account').length;
  const source = seed % 2 === 0 ? 'stdin' : 'file';
  const flags = [...FLAGS, '--only-changes', ...(seed % 3 === 0 ? [] : ['--successes', 'successes'])];
  const config = { topic_mappings: topics.map(mappingOf) };
  const ordeal = new Ordeal({ org, lines, source, flags, config, pieces: 4 });
  try {
    await happen(ordeal);
    const ended = await ordeal.run();
    if (ended === undefined) throw new Error('killed by somebody else');
    const verdict = judge(ordeal, lines, ended, before);
    tally.add(name, ordeal, verdict);
    const phases = ordeal.killed.map(({ phase }) => phase).join(', ');
    expect(verdict.wrongs, `${phases}\n${ended.stderr}\n${ordeal.journal()}`).toEqual([]);
    return ordeal.killed.length;
  } finally {
    ordeal.clear();
    await org.stop();
  }
}

/** Updates by Id, everything else by the external id. */
function mappingOf({ name: topic, operation, mode }: ChaosTopic): object {
  const key =
    operation === 'insert' ? { insert_key: KEY_FIELD } : operation === 'update' ? {} : { external_id_field: KEY_FIELD };
  return { topic, sobject: 'Account', operation, mode, ...key };
}

/**
 * Lines whose records the org holds as they are, holds otherwise or does not hold, some of which it refuses, in an order
 * that is left to chance; and puts into the org what it is to hold.
 */
async function makeLines(
  chance: Chance,
  org: Emulator,
  topics: readonly ChaosTopic[],
  linesPerTopic: number,
): Promise<ChangeLine[]> {
  const drafts = topics.flatMap((topic) => draftsOf(topic, linesPerTopic, chance));
  const held = new Map<string, object>();
  for (const { had, key, record } of drafts.flat()) {
    if (key !== undefined && had !== 'nothing')
      held.set(key, had === 'the same' ? record : { ...OLD, [KEY_FIELD]: key });
  }
  const ids = await createAccounts(org, [...held.values()]);
  const idOf = new Map([...held.keys()].map((key, i) => [key, ids[i]]));
  const lines: ChangeLine[] = [];
  for (let left = drafts; left.length > 0; left = left.filter(({ length }) => length > 0)) {
    const line = chance.pick(left).shift() as Draft;
    const { topic, key = '', record } = line;
    const fields = { ...record, [KEY_FIELD]: undefined };
    const data = topic.operation === 'update' ? { Id: idOf.get(key) ?? NO_ID, ...fields } : record;
    lines.push({ ...line, text: JSON.stringify({ topic: topic.name, data }) });
  }
  return lines;
}

type Draft = Omit<ChangeLine, 'text'>;

/** Each is one line, or the versions of one key. */
function draftsOf(topic: ChaosTopic, count: number, chance: Chance): Draft[][] {
  const { operation, name } = topic;
  let parent: string | undefined;
  return Array.from({ length: count }, (_, i) => {
    const key = `${name}-${i}`;
    const draft = (had: Had, fields: object = {}, more: Partial<Draft> = {}): Draft => {
      const all = {
        [KEY_FIELD]: key,
        Name: `name ${i}`,
        AnnualRevenue: 10 * i,
        Since__c: '2026-02-03',
        Description: key,
      };
      return { topic, marker: key, key, expected: 'written', had, record: { ...all, ...fields }, ...more };
    };
    const mayFail = chance.happens(0.12);
    const had = chance.pick(['nothing', 'another state', 'the same'] as const);
    const isThere = had === 'nothing' ? 'another state' : had;
    if (operation === 'delete') {
      return [draft(had === 'the same' ? 'another state' : had, {}, { marker: '', record: { [KEY_FIELD]: key } })];
    }
    if (operation === 'update') return [mayFail ? draft('nothing', {}, { expected: 'failed' }) : draft(isThere)];
    if (mayFail) return [draft('nothing', { Name: 'x'.repeat(300) }, { expected: 'failed' })];
    if (operation === 'insert') {
      const record = { Name: NEW, Description: key };
      return [chance.happens(0.5) ? draft(had) : draft('nothing', {}, { key: undefined, record })];
    }
    if (chance.happens(0.15)) {
      return [1, 2, 3].map((n) =>
        draft('nothing', { Description: `${key} v${n}` }, { marker: `${key} v${n}`, version: n }),
      );
    }
    // Its parent may come later: it is deferred then.
    const child = parent === undefined || had === 'the same' ? {} : { Parent: { [KEY_FIELD]: parent } };
    parent = key;
    return [draft(had, child)];
  });
}

/** What became of the org, of each line and of the files. No write may be there twice. */
function judge(ordeal: Ordeal, dump: readonly ChangeLine[], ended: Ended, before: number): Verdict {
  const wrongs: string[] = [];
  const lines = numbered(dump, failuresByLine(ordeal, wrongs));
  judgeEnd(ended, lines, wrongs);
  judgeSettled(ordeal, lines, wrongs);
  const successes = readLines(ordeal.read('successes')) as { readonly line: number }[];
  let repeated = 0;
  for (const [i, line] of lines.entries()) {
    const { had, version } = dump[i] as ChangeLine;
    const name = `line ${line.number} (${line.marker || line.key})`;
    const isFailed = line.failure?.outcome === 'failed';
    if (isFailed !== (line.expected === 'failed')) wrongs.push(`${name}: ${JSON.stringify(line.failure)}`);
    const told = successes.filter((success) => success.line === line.number).length;
    const isChange = had === 'another state' || (had === 'nothing' && line.topic?.operation !== 'delete');
    const expected = isChange && !isFailed ? 1 : 0;
    if (told > expected) wrongs.push(`${name}: ${told} times in the successes file`);
    // Of several versions an earlier one may have to come again, so that they come in their order.
    if (version !== undefined) continue;
    const written = writesOf(line, ordeal.history(), before);
    if (written !== expected) wrongs.push(`${name}: written ${written} times, not ${expected} times`);
    repeated += Math.max(0, written - expected);
    if (successes.length === 0 || told === written) continue;
    foundAgain++;
    const isOpen = ordeal.killed.some(({ settled }) => !settled.has(`${line.topic?.name} ${line.ordinal}`));
    if (!isOpen) wrongs.push(`${name}: written and always settled, but not in the successes file`);
  }
  judgeRows(ordeal.options.org, dump, wrongs);
  return {
    wrongs,
    written: lines.filter(({ failure }) => failure === undefined).length,
    failed: lines.filter(({ failure }) => failure?.outcome === 'failed').length,
    inDoubt: lines.filter(({ failure }) => failure?.outcome === 'in_doubt').length,
    repeated,
  };
}

/** How often the line's record was written since the first run. */
function writesOf({ topic, key, marker }: Line, history: readonly RecordVersion[], before: number): number {
  const since = history.slice(before);
  if (topic?.operation !== 'delete') return since.filter(({ fields }) => fields['Description'] === marker).length;
  const id = history.find(({ fields }) => fields[KEY_FIELD] === key)?.id;
  return since.filter((version) => version.change === 'deleted' && version.id === id).length;
}

/** The org holds what the dump says, and nothing else. */
function judgeRows(org: Emulator, dump: readonly ChangeLine[], wrongs: string[]): void {
  const rows = org.records('Account');
  const keys = new Map(rows.map(({ Id, [KEY_FIELD]: key }) => [Id, key]));
  const found = rows.map(({ [KEY_FIELD]: key, Name, Description, ParentId }) =>
    JSON.stringify([Name === NEW ? null : key, Name, Description, keys.get(String(ParentId)) ?? null]),
  );
  const expected = new Map<string, string>();
  for (const { topic, key, marker, record, expected: end } of dump) {
    if (topic.operation === 'delete' || end === 'failed') continue;
    const { Name, Description, Parent } = record as {
      readonly Name: string;
      readonly Description: string;
      readonly Parent?: Readonly<Record<string, string>>;
    };
    expected.set(key ?? marker, JSON.stringify([key ?? null, Name, Description, Parent?.[KEY_FIELD] ?? null]));
  }
  const wanted = [...expected.values()];
  for (const row of found.filter((one) => !wanted.includes(one))) wrongs.push(`the org holds ${row}`);
  for (const row of wanted.filter((one) => !found.includes(one))) wrongs.push(`the org does not hold ${row}`);
  if (found.length !== wanted.length) wrongs.push(`${found.length} rows, not ${wanted.length}`);
}
