import type { LoggedRequest } from '../../src/emulator/index.js';
import { SfreplayError } from '../../src/core/errors.js';
import { Door, onPortOfItsOwn } from './door.js';
import type { MomentCase } from './moments.js';
import { shortSleep, Trial, type Fate } from './trial.js';

/** Jobs that are seen waiting, and at work. */
const UNHURRIED = { queueMs: 8, recordTimeMs: 3, chunkSize: 1, parallelBatches: 1 };
const STOPS = new Set(['ORG_UNREACHABLE', 'SIGN_IN_REVOKED', 'SIGN_IN_REFUSED']);

/** What ended otherwise than it must; `nothing` when nothing could happen, and `over` when the run made fewer requests. */
type Tried = readonly string[] | 'nothing' | 'over';

/** Lets the moment come at the n-th request, counted from 1. */
export async function tryMoment(one: MomentCase, n: number): Promise<Tried> {
  const attempt = await Attempt.start(one, n);
  try {
    return await attempt.make();
  } finally {
    await attempt.end();
  }
}

class Attempt {
  #requests = 0;
  /** What was asked when the moment came; `nothing yet` before a request is made. */
  #struck: string | undefined;
  #hasHappened = false;

  static async start(one: MomentCase, n: number): Promise<Attempt> {
    let onRequest: (request: LoggedRequest) => void = () => undefined;
    const { mode, operation, hasJournal, moment } = one;
    const trial = await onPortOfItsOwn((port) =>
      Trial.start({
        ...{ mode, operation, hasJournal, mayLoseJobs: moment.effect === 'job' },
        emulator: {
          port,
          onRequest: (request) => onRequest(request),
          ...(moment.effect === 'job' ? { bulk: UNHURRIED } : {}),
        },
        // One request at a time, so that the n-th is the same in every run.
        config: { max_concurrent_bulk_jobs: 1, max_retries: moment.effect === 'stops' ? 1 : 4 },
      }),
    );
    const attempt = new Attempt(one, n, trial, Door.of(trial.org, moment.refusals));
    onRequest = (request) => attempt.#onRequest(request);
    return attempt;
  }

  private constructor(
    readonly one: MomentCase,
    readonly n: number,
    readonly trial: Trial,
    readonly door: Door,
  ) {}

  async make(): Promise<Tried> {
    const { when, effect, refusals } = this.one.moment;
    if (when === 'before' && this.n === 1) this.#strike('nothing yet');
    const wrongs = await this.#run();
    // After the last request a closed door is of no interest.
    if (this.#struck === undefined || (when === 'before' && this.door.refusals.length === 0)) return 'over';
    if (!this.#hasHappened) return 'nothing';
    wrongs.push(...this.#wrongRefusals(refusals));
    return effect === 'stops' ? [...wrongs, ...(await this.#continue())] : wrongs;
  }

  async end(): Promise<void> {
    this.door.remove();
    await this.trial.end();
  }

  #onRequest({ kind }: LoggedRequest): void {
    this.#requests++;
    if (this.#requests === (this.one.moment.when === 'before' ? this.n - 1 : this.n)) this.#strike(kind);
  }

  #strike(kind: string): void {
    this.#struck = kind;
    this.#hasHappened = this.one.moment.happen(this.trial.org);
  }

  async #run(): Promise<string[]> {
    const { trial, one } = this;
    const { effect } = one.moment;
    const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
      await shortSleep(ms, signal);
      await this.door.opened;
    };
    try {
      await trial.run({ chance: { sleep, random: () => 0.5 } });
    } catch (error) {
      if (!(error instanceof SfreplayError)) throw error;
      const wrongs = trial.lines.some((line) => trial.times(line) > 0) ? ['wrote something before it began'] : [];
      if (effect !== 'stops' || !STOPS.has(error.code)) wrongs.push(`threw ${error.code}: ${error.message}`);
      return wrongs;
    }
    const wrongs = trial.wrongs();
    if (effect === 'heals') wrongs.push(...this.#unfinished(trial.fates()), ...this.#repeated());
    if (effect === 'stops') wrongs.push(...this.#wrongStop(trial.fates()));
    if (effect === 'job') wrongs.push(...this.#wrongJob(trial.fates()));
    return wrongs;
  }

  /** The connections that were not opened were refused by the system, as often as meant. */
  #wrongRefusals(meant: number): string[] {
    const { refusals } = this.door;
    const wrongs = refusals.filter((code) => code !== 'ECONNREFUSED').map((code) => `not refused, but ${code}`);
    if (Number.isFinite(meant) && refusals.length !== meant) wrongs.push(`refused ${refusals.length} times`);
    return wrongs;
  }

  #wrongStop(fates: readonly Fate[]): string[] {
    const { one, trial } = this;
    const { moment, mode, operation, hasJournal } = one;
    const wrongs = moment.isLost ? [] : this.#repeated();
    const stopped = trial.summary?.run.stopped;
    const isLostInsert = moment.isLost && mode === 'realtime' && operation === 'insert';
    // The last inserts of a run are not repeated, so nobody meets the closed door any more.
    if (isLostInsert && this.door.refusals.length === 0) return fates.includes('in_doubt') ? [] : ['nothing in doubt'];
    if (stopped == null || !STOPS.has(stopped.code)) wrongs.push(`stopped by ${String(stopped?.code)}`);
    // Without a journal nobody is left to find out what becomes of a job that was closed.
    const isLeftAlone = !hasJournal && (moment.isLost || trial.org.jobs().some(({ state }) => state !== 'Open'));
    const doubts = fates.filter((fate) => fate === 'in_doubt').length;
    if (doubts > 0 && !isLostInsert && !isLeftAlone) wrongs.push(`${doubts} in doubt: ${fates.join()}`);
    if (doubts === 0 && isLostInsert && this.#struck === 'collections') wrongs.push('an insert was not in doubt');
    return wrongs;
  }

  #wrongJob(fates: readonly Fate[]): string[] {
    const { moment, operation } = this.one;
    // What a deleted job has done nobody can tell.
    const isUntold = moment.name.includes('deleted') && operation === 'insert' && this.#struck === 'bulk-info';
    if (this.trial.summary?.run.stopped != null) return [`stopped: ${this.trial.summary.run.stopped.message}`];
    return this.#unfinished(fates, isUntold ? fates : undefined);
  }

  /** All is over: the same command finishes the work or, without a journal, a replay of what was not sent. */
  async #continue(): Promise<string[]> {
    const { trial, one } = this;
    const { org } = trial;
    org.clearFaults();
    org.grantClient();
    await org.acceptConnections();
    const before = trial.summary === undefined ? undefined : trial.fates();
    const summary = await (one.hasJournal || before === undefined ? trial.run() : trial.runUnsent());
    const wrongs = one.moment.isLost ? [] : this.#repeated();
    if (summary.run.stopped !== null) wrongs.push(`stopped again: ${summary.run.stopped.message}`);
    if (one.hasJournal || before === undefined) {
      wrongs.push(...trial.wrongs(), ...this.#unfinished(trial.fates(), before));
    }
    for (const [i, line] of trial.lines.entries()) {
      const isMissing = line.isGood && before?.[i] !== 'in_doubt' && trial.times(line) === 0;
      if (isMissing) wrongs.push(`line ${i + 1} is lost`);
    }
    return wrongs.map((wrong) => `continued: ${wrong}`);
  }

  /** Lines without the end that they would have had anyway. What was in doubt stays so. */
  #unfinished(fates: readonly Fate[], before?: readonly Fate[]): string[] {
    return this.trial.lines.flatMap(({ isGood }, i) => {
      const isFine =
        fates[i] === (isGood ? 'succeeded' : 'failed') || (fates[i] === 'in_doubt' && before?.[i] === 'in_doubt');
      return isFine ? [] : [`line ${i + 1} is ${String(fates[i])}`];
    });
  }

  #repeated(): string[] {
    const { trial } = this;
    return trial.lines.flatMap((line, i) => (trial.times(line) > 1 ? [`line ${i + 1} was written again`] : []));
  }
}
