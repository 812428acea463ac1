import { appendFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { formatEntry, type JournalEntry } from '../../src/journal/format.js';
import { bindingDifferences, isUntouched, recover } from '../../src/journal/recovery.js';
import { BINDING, freshPath, lines, openJournal } from './folder.js';

/** A journal in which each kind of entry stands. */
async function written(): Promise<string> {
  const path = freshPath('journal');
  const journal = await openJournal(path);
  await journal.job('t', '7501', lines(0, 1, 2));
  await journal.closing('t', '7501');
  await journal.job('t', '7502', lines(3, 4));
  await journal.aborting('t', '7502');
  await journal.sending('t', lines(5, 6), false);
  await journal.sending('d', lines(0), true);
  await journal.settled([{ topic: 't', lines: lines(0, 2), failed: 1, cleared: lines(1) }], {
    ...{ failures: 10, successes: 0 },
  });
  await journal.settled([{ topic: null, lines: lines(0), failed: 1 }], { failures: 25, successes: 3 });
  await journal.close();
  return path;
}

describe('a journal', () => {
  it('tells what is settled, and what was under way with what', async () => {
    const recovered = (await recover(await written()))!;
    const t = recovered.topics.get('t')!;
    expect(t.settled.map(([first, last]) => [first, last])).toEqual([
      [0, 0],
      [2, 2],
    ]);
    expect([1, 3, 4, 5, 7].map((n) => t.underWay.get(n))).toEqual([
      undefined,
      { kind: 'job', id: '7502', mayBeClosed: false, isAfterDoubt: false },
      { kind: 'job', id: '7502', mayBeClosed: false, isAfterDoubt: false },
      { kind: 'once' },
      undefined,
    ]);
    expect(recovered.topics.get('d')?.underWay.get(0)).toEqual({ kind: 'again' });
    expect(recovered).toMatchObject({ failed: 2, isTorn: false, finished: undefined });
    expect(recovered.files).toEqual({ failures: 25, successes: 3 });
    expect(recovered.header).toMatchObject({
      run: 'run-1',
      failures_file: 'run-1.failed.ndjson',
      successes_file: null,
    });
  });

  it('does not know how long the files are where the run has ended and the user may have changed them', async () => {
    const path = freshPath('journal');
    const journal = await openJournal(path);
    await journal.sending('t', lines(0), false);
    expect((await recover(path))?.files).toEqual({ failures: 0, successes: 0 });
    await journal.stopped();
    expect((await recover(path))?.files).toBeUndefined();
    await journal.settled([], { failures: 7, successes: 0 });
    await journal.close();
    expect((await recover(path))?.files).toEqual({ failures: 7, successes: 0 });
  });

  it('of another version is refused', async () => {
    const path = freshPath('journal');
    const header = { kind: 'header', version: 1, run: 'r', started_at: '', failures_file: 'f', successes_file: null };
    const entries = [
      { ...header, binding: BINDING },
      { kind: 'finished', lines: 0, exit_code: 0 },
    ];
    writeFileSync(path, entries.map((entry) => formatEntry(entry as JournalEntry)).join(''));
    await expect(openJournal(path)).rejects.toThrow('was written by another version of sfreplay');
  });

  it('knows that a job may have been closed', async () => {
    const path = freshPath('journal');
    const journal = await openJournal(path);
    await journal.job('t', '7501', lines(0));
    await journal.closing('t', '7501');
    const underWay = async (): Promise<unknown> => (await recover(path))?.topics.get('t')?.underWay.get(0);
    expect(await underWay()).toEqual({ kind: 'job', id: '7501', mayBeClosed: true, isAfterDoubt: false });
    await journal.job('t', '7502', lines(0));
    expect(await underWay()).toEqual({ kind: 'job', id: '7502', mayBeClosed: false, isAfterDoubt: true });
    await journal.close();
  });

  it('knows that an open job was aborted, and so never worked on', async () => {
    const path = freshPath('journal');
    const journal = await openJournal(path);
    await journal.job('t', '7501', lines(0));
    await journal.closing('t', '7501');
    await journal.aborting('t', '7501');
    await journal.close();
    const underWay = (await recover(path))?.topics.get('t')?.underWay.get(0);
    expect(underWay).toEqual({ kind: 'job', id: '7501', mayBeClosed: false, isAfterDoubt: false });
  });

  it('cut off anywhere is recovered up to its last whole line', async () => {
    const path = await written();
    const whole = readFileSync(path);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
    for (let length = 1; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const good = Math.max(0, ...ends.filter((end) => end <= length));
      const recovered = await recover(path);
      if (good === 0) expect(recovered).toBeUndefined();
      else expect(recovered).toMatchObject({ goodBytes: good, isTorn: good !== length });
    }
  });

  it('whose last line is torn goes on after what is whole', async () => {
    const path = await written();
    const { size } = statSync(path);
    appendFileSync(path, '{"crc":"12345678","kind":"set');
    const warnings: string[] = [];
    const journal = await openJournal(path, { warn: (warning) => warnings.push(warning) });
    expect(warnings).toEqual([expect.stringContaining('was incomplete after a crash; it was removed')]);
    expect(statSync(path).size).toBe(size);
    await journal.finished(7, 1, { n: 1 });
    await journal.close();
    expect((await recover(path))?.finished).toEqual({ lines: 7, exitCode: 1, figures: { n: 1 } });
  });

  it.each([
    ['a changed letter', (text: string) => text.replace('7502', '7503')],
    ['a missing header', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['a second header', (text: string) => `${text.slice(0, text.indexOf('\n') + 1)}${text}`],
    ['a blank line', (text: string) => text.replace('\n', '\n\n')],
  ])('with %s is refused', async (_, damage) => {
    const path = await written();
    const damaged = damage(readFileSync(path, 'utf8'));
    writeFileSync(path, damaged);
    await expect(openJournal(path)).rejects.toThrow(UsageError);
    expect(readFileSync(path, 'utf8')).toBe(damaged);
  });

  it.each(['{"topic":"t","data":{}}', '{"topic":"t"}\n', 'a letter\nin two lines\n', 'x'])(
    '%j is none',
    async (text) => {
      const path = freshPath('journal');
      writeFileSync(path, text);
      await expect(openJournal(path)).rejects.toThrow('is not a journal of sfreplay');
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  it('must be a file', async () => {
    const device = freshPath('journal');
    symlinkSync('/dev/full', device);
    await expect(openJournal(device)).rejects.toThrow('is not a file');
    const folder = freshPath('journal');
    mkdirSync(folder);
    await expect(openJournal(folder)).rejects.toThrow(UsageError);
  });

  it('with a header alone binds to nothing yet', async () => {
    const path = freshPath('journal');
    await (await openJournal(path)).close();
    expect(isUntouched((await recover(path))!)).toBe(true);
    const other = await openJournal(path, { runId: 'run-2', binding: { ...BINDING, org_url: 'https://other' } });
    expect(other.recovered).toBeUndefined();
    await other.close();
    expect((await recover(path))?.header.run).toBe('run-2');
  });

  it.each(['', '{"crc":"1'])('that is only %j begins anew', async (text) => {
    const path = freshPath('journal');
    writeFileSync(path, text);
    const journal = await openJournal(path);
    expect(journal.recovered).toBeUndefined();
    await journal.close();
  });
});

describe('a journal that goes on', () => {
  it('keeps the failures file of its first run', async () => {
    const journal = await openJournal(await written(), { runId: 'run-2', defaultFailuresFile: 'run-2.failed.ndjson' });
    expect(journal.failuresFile).toBe('run-1.failed.ndjson');
    await journal.close();
  });

  it.each([
    [{ binding: { ...BINDING, org_url: 'https://other' } }, 'org_url was'],
    [{ binding: { ...BINDING, topic_mappings: [] } }, 'topic_mappings was'],
    [{ binding: { ...BINDING, "the input's size in bytes": 101 } }, "the input's size in bytes was 100, is 101"],
    [{ failuresFile: 'other' }, 'the failures file was run-1.failed.ndjson, is other'],
    [{ successesFile: 'other' }, 'the successes file was none, is other'],
  ])('is refused for %j', async (options, message) => {
    const path = await written();
    await expect(openJournal(path, options)).rejects.toThrow(message);
    // And is not left locked.
    await (await openJournal(path)).close();
  });

  it('names every difference', () => {
    const other = {
      ...BINDING,
      ...{ unmapped_topics: 'fail', 'the input': [], "the input's size in bytes": null },
      ...{ envelope: 'rpk', '--topic': 't' },
    };
    expect(bindingDifferences(BINDING, other)).toHaveLength(5);
    expect(bindingDifferences(BINDING, structuredClone(BINDING))).toEqual([]);
  });
});
