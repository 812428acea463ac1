import { spawn, type ChildProcess } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Summary } from '../../../src/accounting/summary.js';
import { hasProgram } from '../completion/typist.js';
import { statusOf } from '../executable.js';
import { SFREPLAY } from '../shell.js';
import {
  account,
  expectSums,
  heldUntil,
  stage,
  until,
  UPSERT_ACCOUNTS,
  UPSERT_ACCOUNTS_IN_BULK,
  type Stage,
} from '../stage.js';

const ACCOUNTS = Array.from({ length: 10 }, (_, i) => account(`A-${i}`));
const WORDS = [
  ...['--bulk-batch-size', '2', '--max-concurrent-bulk-jobs', '2', '--bulk-poll-interval', '50ms'],
  ...['--json', 'dump.ndjson'],
];

/** A terminal on which sfreplay draws; what it prints as its result goes into a file. */
class Screen {
  text = '';
  readonly #terminal: ChildProcess;

  constructor(scene: Stage, words: readonly string[]) {
    const command = `stty cols 100 rows 30; ${SFREPLAY} ${words.join(' ')} >summary.json`;
    this.#terminal = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: scene.folder,
      env: { PATH: process.env.PATH, HOME: scene.folder, TERM: 'xterm-256color', SHELL: '/bin/bash', ...scene.signIn },
    });
    this.#terminal.stdout?.on('data', (text) => (this.text += String(text)));
    onTestFinished(() => void this.#terminal.kill('SIGKILL'));
  }

  press(keys: string): void {
    this.#terminal.stdin?.write(keys);
  }

  ended(): Promise<number | null> {
    return statusOf(this.#terminal);
  }
}

const CTRL_C = '\u0003';

describe.runIf(hasProgram('script') && process.platform === 'linux')('Ctrl-C on a terminal with spinners', () => {
  it.each([
    ['realtime', UPSERT_ACCOUNTS, 2],
    ['realtime', UPSERT_ACCOUNTS, 4],
    ['bulk', UPSERT_ACCOUNTS_IN_BULK, 2],
    ['bulk', UPSERT_ACCOUNTS_IN_BULK, 4],
  ] as const)('in %s, %s, pressed %i times: the account is complete', async (mode, map, presses) => {
    let screen: Screen | undefined = undefined;
    const isEnding = (): boolean => screen?.text.includes('stopping at once') === true;
    const scene = await stage(ACCOUNTS, { ...heldUntil('bulk-info', isEnding), bulk: { queueMs: 1_000 } });
    if (mode === 'realtime') scene.org.addFault('timeout-after:on=collections:after=1:count=0');
    screen = new Screen(scene, [...map, ...WORDS]);
    const ended = screen.ended();
    await until(() =>
      mode === 'realtime'
        ? scene.org.requests.filter(({ kind }) => kind === 'collections').length === 2
        : scene.org.jobs().filter(({ state }) => state !== 'Open').length === 2,
    );
    await until(() => screen.text.includes('\u001B[?25l'));
    screen.press(CTRL_C);
    await until(() => screen.text.includes('press Ctrl-C again'));
    screen.press(CTRL_C.repeat(presses - 1));
    expect(await ended).toBe(130);
    expect(screen.text).toContain('stopping at once');
    // The cursor is given back.
    expect(screen.text.lastIndexOf('\u001B[?25h')).toBeGreaterThan(screen.text.lastIndexOf('\u001B[?25l'));
    const summary = JSON.parse(scene.read('summary.json')) as Summary;
    expectSums(summary);
    expect(summary.run).toMatchObject({ exit_code: 130, stopped: { code: 'SIGINT' } });
    expect(summary.totals).toMatchObject({ read: 10, in_doubt: 0 });
    scene.org.clearFaults();
    const again = await scene.runJson([
      ...map,
      ...WORDS.slice(0, -2),
      '--journal',
      String(summary.journal_file),
      'dump.ndjson',
    ]);
    expect(again.status).toBe(0);
    expect(scene.org.records('Account')).toHaveLength(10);
    if (mode === 'bulk') expect(scene.org.history('Account')).toHaveLength(10);
  });
});
