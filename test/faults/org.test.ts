import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/index.js';
import { ReplayStopped } from '../../src/core/errors.js';
import type { Mode, Operation } from '../../src/core/record.js';
import { Trial, type TrialOptions } from './trial.js';

const MODES: readonly Mode[] = ['realtime', 'bulk'];
const OPERATIONS: readonly Operation[] = ['insert', 'update', 'upsert', 'delete'];
const bulkCases = OPERATIONS.flatMap((operation) =>
  [false, true].map((hasJournal) => ({ operation, hasJournal, mode: 'bulk' as const })),
);
const allCases = MODES.flatMap((mode) =>
  OPERATIONS.flatMap((operation) => [false, true].map((hasJournal) => ({ mode, operation, hasJournal }))),
);
const GOOD_AND_BAD = ['succeeded', 'succeeded', 'failed', 'succeeded', 'succeeded', 'failed'];
/** Jobs that last until somebody intervenes. */
const SLOW_JOBS = { bulk: { queueMs: 60_000 } };
let size = 0;

afterAll(() => {
  console.log(`fault matrix: what the org does by itself, ${size} cases`);
});

describe.each(allCases)('$mode $operation, journal: $hasJournal', (options) => {
  it('locked rows are sent again until they pass, or fail', async () => {
    const healed = await play(options, (org) => org.addFault('lock:count=2'));
    expect(healed.fates()).toEqual(GOOD_AND_BAD);
    const never = await play(options, (org) => org.addFault('lock:count=0'));
    expect(never.fates().filter((fate) => fate !== 'failed')).toEqual([]);
  });

  it('a revoked sign-in stops the run', async () => {
    const trial = await play(slow(options), (org) => whenRequested(org, 1, WRITES, () => org.revokeClient()));
    expect(trial.summary?.run).toMatchObject({ exit_code: 3, stopped: { code: 'SIGN_IN_REVOKED' } });
    expect(trial.fates()).not.toContain('in_doubt');
    expect(trial.fates()).toContain('unsent');
  });

  it('tokens that expire all the time do not show', async () => {
    const trial = await play({ ...options, emulator: { tokenLifetimeRequests: 2 } }, () => undefined);
    expect(trial.fates()).toEqual(GOOD_AND_BAD);
  });

  it('an org that is gone stops the run; nothing is lost', async () => {
    const trial = await play(slow(options), (org) => whenRequested(org, 1, WRITES, () => void org.stop()));
    expect(trial.summary?.run.exit_code).toBe(3);
    if (options.mode === 'realtime' && options.operation !== 'insert' && options.hasJournal) {
      expect(trial.fates()).not.toContain('in_doubt');
    }
    if (options.mode === 'bulk' && options.hasJournal) expect(trial.fates()).not.toContain('in_doubt');
  });
});

describe.each(bulkCases)('bulk $operation, journal: $hasJournal', (options) => {
  it.each(['job-fail-halfway', 'job-abort-halfway'])('%s: what was not processed is sent again', async (fault) => {
    for (const done of [0, 0.34, 0.67, 1]) {
      const trial = await play(options, (org) => org.addFault(`${fault}:count=2:done=${done}`));
      expect(trial.fates(), `done ${done}`).toEqual(GOOD_AND_BAD);
    }
  });

  it('aborted by somebody else before it is worked on: sent again', async () => {
    const trial = await play({ ...options, emulator: { bulk: { queueMs: 80 } } }, (org) =>
      whenJobs(org, (id) => org.abortJob(id)),
    );
    expect(trial.fates()).toEqual(GOOD_AND_BAD);
  });

  it('deleted by somebody else: inserts are in doubt, the rest is done again', async () => {
    const trial = await play({ ...options, mayLoseJobs: true, emulator: { bulk: { queueMs: 80 } } }, (org) =>
      whenJobs(org, (id) => org.deleteJob(id)),
    );
    const fates = trial.fates();
    if (options.operation === 'insert') expect(fates.filter((fate) => fate === 'in_doubt')).toHaveLength(3);
    else expect(fates).toEqual(GOOD_AND_BAD);
  });

  it('stuck: the first signal waits, the second leaves the job to the next run, or aborts it', async () => {
    const stopping = new AbortController();
    const aborting = new AbortController();
    const trial = await Trial.start({ ...options, emulator: SLOW_JOBS });
    try {
      const run = trial.run({ stopping: stopping.signal, aborting: aborting.signal });
      while (trial.org.jobs().filter(({ state }) => state === 'UploadComplete').length < 2) await delay(5);
      stopping.abort(new ReplayStopped('SIGINT', 'once'));
      expect(await Promise.race([run, delay(100, 'waits')])).toBe('waits');
      aborting.abort(new ReplayStopped('SIGINT', 'twice'));
      const { run: ended } = await run;
      size++;
      expect(ended.exit_code).toBe(130);
      const states = trial.org.jobs().map(({ state }) => state);
      expect(states).toEqual(Array.from(states, () => (options.hasJournal ? 'UploadComplete' : 'Aborted')));
      const fate = options.hasJournal ? 'unsent' : 'in_doubt';
      expect(trial.fates()).toEqual(Array.from(GOOD_AND_BAD, () => fate));
    } finally {
      await trial.end();
    }
  });
});

const WRITES = new Set(['collections', 'bulk-create']);

/** A run with an org to which something happens. All that must hold for every run is checked. */
async function play(options: TrialOptions, happen: (org: Emulator) => void): Promise<Trial> {
  const trial = await Trial.start(options);
  try {
    happen(trial.org);
    const { run } = await trial.run();
    size++;
    const wrongs = trial.wrongs().filter((wrong) => !(run.exit_code === 3 && wrong.includes('exit status')));
    expect(wrongs).toEqual([]);
    // What is asked later is answered by the files as they are now.
    const fates = trial.fates();
    trial.fates = () => fates;
    return trial;
  } finally {
    await trial.end();
  }
}

/** Slow enough that something can happen to a request before it is carried out. */
function slow(options: TrialOptions): TrialOptions {
  return { ...options, emulator: { latencyMs: 30 } };
}

/** Acts when so many requests of these kinds have come in. */
function whenRequested(org: Emulator, count: number, kinds: ReadonlySet<string>, act: () => void): void {
  const before = org.requests.length;
  const timer = setInterval(() => {
    if (org.requests.slice(before).filter(({ kind }) => kinds.has(kind)).length < count) return;
    clearInterval(timer);
    act();
  }, 1);
}

/** Acts on the first job that is closed. */
function whenJobs(org: Emulator, act: (id: string) => void): void {
  const timer = setInterval(() => {
    const job = org.jobs().find(({ state }) => state === 'UploadComplete');
    if (job === undefined) return;
    clearInterval(timer);
    act(job.id);
  }, 1);
}
