import { describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/accounting/check-report.js';
import { expectSums, stage, type Stage } from '../cli/stage.js';
import { Chance } from '../model/random.js';
import { oddLine, TOPIC, type OddLine } from './odd-lines.js';

/** `npm test` takes a short look at what `npm run test:fuzz` goes into at length. */
const IS_LONG = process.env['SFREPLAY_FUZZ'] === 'long';
const FIRST_SEED = Number(process.env['SFREPLAY_FUZZ_SEED'] ?? 1);
const SEEDS = Array.from({ length: IS_LONG ? 20 : 1 }, (_, i) => FIRST_SEED + i);
const LINES = IS_LONG ? 3_000 : 1_000;
const TIMEOUT_MS = 240_000;
const NEWLINE = Buffer.from('\n');

const map = (mode: string): string[] => ['--map', `${TOPIC}=Account:upsert:External_Id__c:${mode}`];

async function sceneOf(lines: readonly OddLine[]): Promise<Stage> {
  const scene = await stage();
  scene.write('dump.ndjson', Buffer.concat(lines.flatMap(({ bytes }) => [bytes, NEWLINE])));
  return scene;
}

describe.each(SEEDS)('odd lines of seed %i', (seed) => {
  const chance = new Chance(seed);
  const lines = Array.from({ length: LINES }, (_, number) => oddLine(chance, number));

  it.each(['realtime', 'bulk'])(
    'in %s: each is accounted for, and what is good arrives as it was written',
    async (mode) => {
      const scene = await sceneOf(lines);
      const { status, stdout, stderr, summary } = await scene.runJson(['-q', ...map(mode), 'dump.ndjson']);
      expect(stderr).not.toContain('bug');
      expect(status, stdout).toBe(1);
      expectSums(summary);
      const names = new Map(scene.org.records('Account').map((row) => [row['External_Id__c'], row['Name']]));
      for (const { arrives, bytes } of lines) {
        if (arrives !== undefined) expect(names.get(arrives.key), bytes.toString()).toBe(arrives.name);
      }
      const { failed, malformed, in_doubt: inDoubt } = summary.totals;
      expect(scene.failures()).toHaveLength(failed + malformed + inDoubt);

      // What failed fails again: the failures file is read as the lines that it was made of.
      const again = await scene.runJson(['-q', ...map(mode), '--failures', 'again', summary.failures_file ?? '']);
      expect(again.summary.totals).toMatchObject({ malformed });
    },
    TIMEOUT_MS,
  );

  it(
    'in a check',
    async () => {
      const scene = await sceneOf(lines);
      for (const mode of ['realtime', 'bulk']) {
        const { status, stdout, stderr } = await scene.run(['check', '--json', ...map(mode), 'dump.ndjson']);
        expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
        const { input, topics } = JSON.parse(stdout) as CheckReport;
        expect((topics[0]?.read ?? 0) + (input?.malformed ?? 0) + (input?.unmapped ?? 0)).toBe(input?.lines);
      }
    },
    TIMEOUT_MS,
  );
});

const TELL_USAGE = `--import data:text/javascript,${encodeURIComponent(
  "import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(process.env.USAGE_FILE,JSON.stringify(process.resourceUsage())))",
)}`;

/** Each of some megabytes. */
const HOSTILE: Readonly<Record<string, (size: number) => string>> = {
  'control characters beside a number': (size) => `"Phone":1.0,"X":"${'\\u0000'.repeat(size / 6)}"`,
  'texts like marked numbers': (size) => `"X":[${'"\\u0000",1.0,'.repeat(size / 80)}1.0],"Y":"${'y'.repeat(size / 2)}"`,
  'too many values': (size) => `"X":[${'1.0,'.repeat(size / 4)}1.0]`,
  'too many levels': (size) => `"X":${'['.repeat(size / 2)}${']'.repeat(size / 2)}`,
  'many names': (size) => Array.from({ length: size / 80 }, (_, i) => `"f${i}_${'x'.repeat(60)}":1.0`).join(),
  'a name': (size) => `"${'a.'.repeat(size / 2)}":{"x":1}`,
  digits: (size) => `"AnnualRevenue":"${'1'.repeat(size)}x"`,
  backslashes: (size) => `"X":"${'\\\\'.repeat(size / 2)}"`,
  quotes: (size) => `"X":"${'\\"'.repeat(size / 2)}"`,
  blanks: (size) => `"X":1,${' '.repeat(size)}"Y":1`,
};

describe.each(Object.entries(HOSTILE))('a hostile line of %s', (name, members) => {
  it(
    'costs little',
    async () => {
      const size = (IS_LONG ? 16 : 2) * 1024 * 1024 - 300;
      const scene = await stage();
      scene.write('dump.ndjson', `{"topic":"t","data":{"External_Id__c":"K","Name":"x",${members(size)}}}\n`);
      const ways = [
        ['-q', ...map('realtime')],
        ['-q', ...map('bulk')],
        ['check', ...map('realtime')],
      ];
      const nth = Object.keys(HOSTILE).indexOf(name);
      for (const words of IS_LONG ? ways : ways.slice(nth % 3, (nth % 3) + 1)) {
        const environment = { ...scene.signIn, NODE_OPTIONS: TELL_USAGE, USAGE_FILE: scene.path('usage') };
        const { status, stderr } = await scene.start([...words, 'dump.ndjson'], { environment }, 'ignore').ended;
        expect([0, 1], stderr).toContain(status);
        // Processor time, so that a busy machine makes no difference.
        const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(scene.read('usage')) as NodeJS.ResourceUsage;
        expect((userCPUTime + systemCPUTime) / 1_000_000, words.join(' ')).toBeLessThan(10);
        expect(maxRSS / 1024, words.join(' ')).toBeLessThan(600);
      }
    },
    TIMEOUT_MS,
  );
});
