import { SfreplayError } from '../../src/core/errors.js';
import { faultOf, nameOf, type Case } from './matrix.js';
import { Trial } from './trial.js';

/** What waits for a time-out costs nothing meanwhile: as many again may wait. */
const AT_ONCE = 20;

/** Tries the cases, many at a time; every one that ends otherwise than it must is named, with how. */
export async function tryAll(cases: readonly Case[]): Promise<string[]> {
  const wrongs: string[] = [];
  const work = async (queue: Case[]): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const name = nameOf(one);
      wrongs.push(...(await tryCase(one)).map((wrong) => `${name}: ${wrong}`));
    }
  };
  const queues = [cases.filter(isTimeout), cases.filter((one) => !isTimeout(one))];
  await Promise.all(queues.flatMap((queue) => Array.from({ length: AT_ONCE }, () => work(queue))));
  return wrongs;
}

async function tryCase(one: Case): Promise<string[]> {
  const trial = await Trial.start({
    ...one,
    // Before the first write it does not matter how much is to follow.
    lineCount: isEarly(one) ? 3 : 6,
    mayLoseJobs: one.fault.startsWith('404:on=bulk-info'),
    // What passes once has passed long before; a machine under load may add a time-out of its own.
    // Describing is half of the work of such a short run, and has cases of its own.
    config: {
      max_retries: one.isLasting ? 1 : 4,
      unwritable_fields: one.place === 'describe' ? 'drop' : 'send',
    },
  });
  try {
    for (const fault of one.besides) trial.org.addFault(fault);
    trial.org.addFault(faultOf(one));
    try {
      await trial.run({}, isTimeout(one) ? '4s' : undefined);
    } catch (error) {
      if (!(error instanceof SfreplayError)) throw error;
      return [...endedEarly(trial, one, error), ...(one.hasJournal ? await begunAgain(trial) : [])];
    }
    const { requests } = trial.org;
    const wrongs = [...trial.wrongs(), ...unexpected(trial, one)];
    if (!requests.some(({ fault }) => fault !== undefined)) wrongs.push('the fault never struck');
    return one.hasJournal ? [...wrongs, ...(await continued(trial, one))] : wrongs;
  } finally {
    await trial.end();
  }
}

function isTimeout({ fault }: Case): boolean {
  return fault.startsWith('timeout-');
}

/** Before the first write there is nothing to account for, and nothing may have been written. */
function endedEarly(trial: Trial, one: Case, error: SfreplayError): string[] {
  const wrongs: string[] = [];
  if (!isEarly(one) || isHealed(one)) wrongs.push(`threw ${error.code}: ${error.message}`);
  if (trial.lines.some((line) => trial.times(line) > 0)) wrongs.push('wrote something');
  return wrongs;
}

/** What holds for this fault in particular. */
function unexpected(trial: Trial, one: Case): string[] {
  const { mode, operation, effect, place, isLasting, hasJournal } = one;
  const healed = isHealed(one);
  const fates = trial.fates();
  const doubts = fates.filter((fate) => fate === 'in_doubt').length;
  const wrongs: string[] = [];
  if (doubts > 0 && !mayBeInDoubt(one)) wrongs.push(`${doubts} in doubt: ${fates.join()}`);
  if (healed) wrongs.push(...notAsMeant(trial).map((ends) => `healed, but ${ends}`));
  const stopped = trial.summary?.run.stopped;
  if (isEarly(one) && !healed) wrongs.push('began all the same');
  if ((effect === 'stops' || (place === 'renewal' && !healed)) && stopped == null) wrongs.push('did not stop');
  if (healed && stopped != null) wrongs.push(`stopped: ${stopped.message}`);
  if (place === 'collections' && effect === 'unknown' && operation === 'insert' && doubts === 0) {
    wrongs.push(`an insert was not in doubt: ${fates.join()}`);
  }
  if (hasJournal && mode === 'bulk' && place === 'info' && isLasting && effect === 'unknown' && stopped == null) {
    wrongs.push('did not stop, though the jobs are out of reach');
  }
  return wrongs;
}

function isEarly({ place }: Case): boolean {
  return place === 'token' || place === 'describe';
}

/** Nothing of it may show in the end. */
function isHealed({ effect, place, operation, isLasting }: Case): boolean {
  if (isLasting) return false;
  return effect === 'passes' || (effect === 'unknown' && !(place === 'collections' && operation === 'insert'));
}

/**
 * Inserts in realtime whose reply was lost. Others only where the org never says what it did: without a journal when it
 * cannot be asked any more, and with one when it has lost the results.
 */
function mayBeInDoubt({ mode, operation, effect, place, isLasting, hasJournal, fault }: Case): boolean {
  const isLost = effect === 'unknown';
  if (place === 'renewal') return mode === 'bulk' && !hasJournal;
  if (mode === 'realtime') return isLost && (operation === 'insert' || isLasting);
  if (fault.startsWith('results-')) return true;
  if (place === 'result' || place === 'info')
    return !hasJournal || (effect === 'refuses' && place === 'result') || fault.startsWith('404');
  return place === 'close' && isLost && isLasting && !hasJournal;
}

/** The fault is over, and the same command is given again: as if it were for the first time. */
async function begunAgain(trial: Trial): Promise<string[]> {
  trial.org.clearFaults();
  await trial.run();
  return [...trial.wrongs(), ...notAsMeant(trial)].map((wrong) => `begun again: ${wrong}`);
}

/** Lines without the end that they have when nothing goes wrong. */
function notAsMeant(trial: Trial): string[] {
  const fates = trial.fates().join();
  return fates === trial.lines.map(({ isGood }) => (isGood ? 'succeeded' : 'failed')).join() ? [] : [fates];
}

/** The fault is over, and the same command is given again. */
async function continued(trial: Trial, one: Case): Promise<string[]> {
  const first = trial.summary;
  if (first?.run.stopped == null) return [];
  trial.org.clearFaults();
  const summary = await trial.run();
  const fates = trial.fates();
  const wrongs = trial.wrongs().map((wrong) => `continued: ${wrong}`);
  if (summary.run.stopped !== null) wrongs.push(`continued: stopped again: ${summary.run.stopped.message}`);
  for (const [i, { isGood }] of trial.lines.entries()) {
    const fate = fates[i];
    const isFine = fate === (isGood ? 'succeeded' : 'failed') || (fate === 'in_doubt' && mayBeInDoubt(one));
    if (!isFine && one.effect !== 'refuses') wrongs.push(`continued: line ${i + 1} is ${String(fate)}`);
  }
  return wrongs;
}
