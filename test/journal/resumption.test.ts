import { describe, expect, it } from 'vitest';
import { ResumeGate, Resumption } from '../../src/journal/resumption.js';
import { recover } from '../../src/journal/recovery.js';
import type { Earlier } from '../../src/core/journal.js';
import { mapping, record } from '../batching/records.js';
import { freshPath, lines, openJournal } from './folder.js';

async function resumption(finishedLines?: number): Promise<Resumption> {
  const path = freshPath('journal');
  const journal = await openJournal(path);
  await journal.job('t', '7501', lines(2, 3));
  await journal.closing('t', '7501');
  await journal.sending('t', lines(4), false);
  await journal.sending('t', lines(5), true);
  for (const settled of [lines(6), lines(0, 1)]) {
    await journal.settled([{ topic: 't', lines: settled, failed: 0 }], { failures: 0, successes: 0 });
  }
  if (finishedLines !== undefined) await journal.finished(finishedLines, 0, {});
  await journal.close();
  return new Resumption(path, (await recover(path))!);
}

function look(resumption: Resumption, ordinal: number, text = `line ${ordinal}`): Earlier {
  return resumption.look('t', ordinal, text);
}

describe('a line', () => {
  it('is settled, with a job, in a request, or not known', async () => {
    const journal = await resumption();
    const job = { kind: 'job', id: '7501', mayBeClosed: true, isAfterDoubt: false };
    const kinds = [0, 1, 2, 3, 4, 5, 6, 7].map((ordinal) => look(journal, ordinal));
    const settled = { kind: 'settled' };
    expect(kinds).toEqual([settled, settled, job, job, { kind: 'once' }, { kind: 'again' }, settled, undefined]);
  });

  it.each([
    [0, 'lines 1 to 2 of topic t have changed'],
    [1, 'lines 1 to 2 of topic t have changed'],
    [6, 'line 7 of topic t has changed'],
  ])('%i that was settled and is another now is found out', async (changed, message) => {
    const journal = await resumption();
    const readAll = (): void => {
      for (let n = 0; n < 8; n++) look(journal, n, n === changed ? 'changed' : undefined);
    };
    expect(readAll).toThrow(message);
  });
});

describe('the input', () => {
  it('is the same once all that the journal speaks of was seen', async () => {
    const journal = await resumption();
    for (let n = 0; n < 6; n++) look(journal, n);
    expect(journal.isPast).toBe(false);
    expect(() => journal.assertEnd(6)).toThrow('ends before lines that are settled in the journal');
    look(journal, 6);
    expect(journal.isPast).toBe(true);
    expect(() => journal.assertEnd(7)).not.toThrow();
  });

  it.each([
    [6, 'it had 7 lines when the run was finished, and has 6 now'],
    [8, 'it had 7 lines when the run was finished, and has more now'],
  ])('of a finished run must not have %i lines', async (count, message) => {
    const journal = await resumption(7);
    const readAll = (): void => {
      for (let n = 0; n < count; n++) {
        look(journal, n);
        journal.assertNotBeyond(n + 1);
      }
      journal.assertEnd(count);
    };
    expect(readAll).toThrow(message);
  });
});

describe('the gate', () => {
  it('opens when the input was recognised, and sorts what it held', async () => {
    const journal = await resumption();
    const gate = new ResumeGate(journal);
    const records = Array.from({ length: 8 }, (_, ordinal) => ({ ...record(mapping('t')), ordinal }));
    for (const one of records) {
      const earlier = look(journal, one.ordinal);
      if (earlier?.kind !== 'settled') gate.hold(one, earlier);
      expect(gate.mayOpen).toBe(one.ordinal >= 6);
    }
    const { inDoubt, jobs, open } = gate.open();
    expect(gate.isClosed).toBe(false);
    expect(inDoubt.map(({ ordinal }) => ordinal)).toEqual([4]);
    expect(jobs.map(({ job, records: held }) => [job.id, held.map(({ ordinal }) => ordinal)])).toEqual([
      ['7501', [2, 3]],
    ]);
    expect(open.map(({ ordinal }) => ordinal)).toEqual([5, 7]);
  });

  it('of a finished run opens at the end of the input only', async () => {
    const journal = await resumption(7);
    for (let n = 0; n < 7; n++) look(journal, n);
    expect(new ResumeGate(journal).mayOpen).toBe(false);
  });
});
