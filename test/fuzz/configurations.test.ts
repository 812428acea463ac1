import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitStatusOf } from '../../src/core/exit-status.js';
import { createProgram } from '../../src/cli/program.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { loadSettings } from '../../src/config/load.js';
import { maskSecrets } from '../../src/core/secrets.js';
import { formatError } from '../../src/report/error-text.js';
import { safeText } from '../../src/report/format.js';
import { sfreplayProcess } from '../cli/executable.js';
import { Chance } from '../model/random.js';
import { HUSH, oddConfiguration, type OddConfiguration } from './odd-configurations.js';

/** `npm test` takes a short look at what `npm run test:fuzz` goes into at length. */
const IS_LONG = process.env['SFREPLAY_FUZZ'] === 'long';
const FIRST_SEED = Number(process.env['SFREPLAY_FUZZ_SEED'] ?? 1);
const SEEDS = Array.from({ length: IS_LONG ? 20 : 1 }, (_, i) => FIRST_SEED + i);
const COUNT = IS_LONG ? 1_000 : 400;
/** Of these so many are given to the real executable. */
const EXECUTED = IS_LONG ? 50 : 5;
const TIMEOUT_MS = 240_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

const written: string[] = [];
const before = process.cwd();
const warn = (warning: Error): void => void written.push(String(warning));

beforeAll(() => void process.on('warning', warn));
afterAll(() => {
  process.chdir(before);
  process.off('warning', warn);
});

/** What `sfreplay check --offline` says in this process, many times faster than in one of its own. */
async function check({ words, environment }: OddConfiguration, cwd: string): Promise<Answer> {
  let text = '';
  let status = 0;
  const output = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const terminal = {
    ...{ stdin: Readable.from([]), stdout: output, stderr: output, signals: new EventEmitter() },
    ...{ cwd, environment: { NO_COLOR: '1', ...environment } },
  } as unknown as Terminal;
  try {
    const program = createProgram(terminal, '0.0.0', (ended) => (status = ended));
    await program.parseAsync(['check', '--offline', ...words], { from: 'user' });
  } catch (error) {
    status = error instanceof CommanderError ? 2 : exitStatusOf(error);
    if (!(error instanceof CommanderError)) text += formatError(error, { color: false, debug: false });
  }
  return { status, text };
}

/** What would be told of it where the org is not left out. */
async function load({ environment }: OddConfiguration, cwd: string): Promise<Answer> {
  try {
    const { warnings } = await loadSettings({}, environment, cwd, { offline: false });
    return { status: 0, text: `It is good. ${safeText(maskSecrets(warnings.join('. ')))}` };
  } catch (error) {
    return {
      status: exitStatusOf(error),
      text: formatError(error, { color: false, debug: true }).split('\n    at ')[0] ?? '',
    };
  }
}

function judge({ status, text }: Answer, configuration: OddConfiguration): void {
  const what = `${configuration.words.join(' ')}\n${String(configuration.content).slice(0, 3_000)}\n→ ${status} ${text}`;
  expect([0, 1, 2], what).toContain(status);
  expect(text, what).toMatch(/\p{L}+ \p{L}+/u);
  expect(text.includes(HUSH) ? what : '').toBe('');
  expect(/\bbug\b|\n {4}at |\[native code\]|\[object Object\]|[^\P{Cc}\n]|\u202e/u.test(text) ? what : '').toBe('');
}

describe.each(SEEDS)('odd configurations of seed %i', (seed) => {
  const chance = new Chance(seed);
  const configurations = Array.from({ length: COUNT }, () => oddConfiguration(chance));

  async function each(
    some: readonly OddConfiguration[],
    ask: (configuration: OddConfiguration, cwd: string) => Promise<Answer>,
  ): Promise<Map<number, number>> {
    const statuses = new Map<number, number>();
    for (const configuration of some) {
      const cwd = mkdtempSync(join(tmpdir(), 'sfreplay-odd-'));
      try {
        mkdirSync(join(cwd, '.git'));
        mkdirSync(dirname(join(cwd, configuration.file)), { recursive: true });
        writeFileSync(join(cwd, configuration.file), configuration.content);
        process.chdir(cwd);
        const answer = await ask(configuration, cwd);
        judge(answer, configuration);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      } finally {
        process.chdir(before);
        rmSync(cwd, { recursive: true, force: true });
      }
    }
    expect(written.join('\n')).not.toContain(HUSH);
    return statuses;
  }

  it(
    'each ends with a sentence and without a secret, checked offline',
    async () => {
      const statuses = await each(configurations, check);
      // Both are looked at: what is good all the same, and what is not.
      expect(statuses.get(0)).toBeGreaterThan(COUNT / 20);
      expect(statuses.get(2)).toBeGreaterThan(COUNT / 5);
    },
    TIMEOUT_MS,
  );

  it(
    'so do those that are loaded for a replay',
    async () => {
      await each(IS_LONG ? configurations : configurations.slice(0, COUNT / 4), load);
    },
    TIMEOUT_MS,
  );

  it(
    'so do some by the executable',
    async () => {
      const some = configurations.filter((_, i) => i % (COUNT / EXECUTED) === 0);
      await each(some, async ({ words, environment }, cwd) => {
        const { status, stdout, stderr } = await sfreplayProcess(['check', '--offline', ...words], {
          cwd,
          environment,
        });
        return { status: status ?? -1, text: stdout + stderr };
      });
    },
    TIMEOUT_MS,
  );
});
