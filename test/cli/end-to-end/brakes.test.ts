import { describe, expect, it } from 'vitest';
import { shell } from '../shell.js';
import { account, stage } from '../stage.js';

const NAMELESS = (n: number): object => ({ topic: 'accounts', data: { External_Id__c: `B-${n}`, Phone: '1' } });
const GOOD = (n: number): object => account(`A-${n}`);

describe.each(['realtime', 'bulk'])('in %s', (mode) => {
  const flags = ['--map', `accounts=Account:upsert:External_Id__c:${mode}`, '--bulk-batch-size', '10'];
  const ONE_AT_ONCE = ['--max-concurrent-bulk-jobs', '1', '--bulk-poll-interval', '20ms', 'dump.ndjson'];

  it('max_failures stops a run of which too much fails; the command it prints goes on', async () => {
    const scene = await stage([
      ...Array.from({ length: 20 }, (_, n) => NAMELESS(n)),
      ...Array.from({ length: 30 }, (_, n) => GOOD(n)),
    ]);
    const { status, summary, stderr } = await scene.runJson([...flags, '--max-failures', '5', ...ONE_AT_ONCE]);
    expect(status).toBe(3);
    expect(summary.run.stopped).toEqual({
      code: 'TOO_MANY_FAILURES',
      message: '10 of 10 lines have failed; max_failures is 5',
    });
    expect(stderr).toContain('10 of 10 lines have failed; max_failures is 5');
    const { failed, succeeded, unsent } = summary.totals;
    expect({ failed, succeeded }).toEqual({ failed: 10, succeeded: 0 });
    expect(unsent).toBe(summary.totals.read - 10);

    const again = await scene.runJson([...flags, '--journal', String(summary.journal_file), ...ONE_AT_ONCE]);
    expect(again.status).toBe(1);
    expect(again.summary.totals).toMatchObject({ read: 50, resumed: 10, failed: 10, succeeded: 30, unsent: 0 });
  });

  it('prints a command that goes on, with the same limit', async () => {
    const scene = await stage([
      ...Array.from({ length: 20 }, (_, n) => NAMELESS(n)),
      ...Array.from({ length: 30 }, (_, n) => GOOD(n)),
    ]);
    const outputs = [(await scene.run([...flags, '--max-failures', '5', ...ONE_AT_ONCE])).stdout];
    for (let command; (command = /^Continue {2}(.*)$/m.exec(outputs.at(-1) ?? '')?.[1]) !== undefined;) {
      expect(command).toContain('--max-failures 5');
      outputs.push(await shell(scene, `sfreplay() { $SFREPLAY "$@"; }; ${command}`));
    }
    // Ten fail in each of the first two runs, and none in the third.
    expect(outputs).toHaveLength(3);
    expect(scene.org.records('Account')).toHaveLength(30);
    expect(scene.failures()).toHaveLength(20);
  });
});

it('malformed lines count as failures, and a percentage is judged from 1,000 settled lines on', async () => {
  const scene = await stage();
  scene.writeLines('dump.ndjson', [
    ...Array.from({ length: 150 }, () => '{'),
    ...Array.from({ length: 3_000 }, (_, n) => GOOD(n)),
  ]);
  const flags = ['--map', 'accounts=Account:upsert:External_Id__c', 'dump.ndjson'];
  const share = await scene.runJson([...flags, '--max-failures', '5%']);
  expect(share.status).toBe(3);
  expect(share.summary.run.stopped?.message).toMatch(/^150 of \d+ lines have failed; max_failures is 5%$/);
  expect(share.summary.totals.succeeded).toBeGreaterThanOrEqual(850);

  const none = await scene.runJson([...flags, '--max-failures', '151']);
  expect(none.status).toBe(1);
  expect(none.summary.totals).toMatchObject({ malformed: 150, succeeded: 3_000, unsent: 0 });
});

it.each([
  ['max_failures: 0', '', 'max_failures expected an integer of at least 1, or a percentage such as 5%; found 0'],
  [
    'max_failures: 101%',
    '',
    'max_failures expected an integer of at least 1, or a percentage such as 5%; found "101%"',
  ],
  ['max_api_usage: 80', '', 'max_api_usage expected a percentage above 0% and up to 100%, such as 80%; found 80'],
])('%s is a configuration error', async (line, _, message) => {
  const scene = await stage([GOOD(1)]);
  scene.write('.sfreplayrc.yaml', `${line}\ntopic_mappings: [{topic: a, sobject: Account, operation: insert}]\n`);
  const { status, stderr } = await scene.run(['dump.ndjson']);
  expect(status).toBe(2);
  expect(stderr.replace(/\s+/g, ' ')).toContain(message);
});
