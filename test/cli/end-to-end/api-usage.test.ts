import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../../src/emulator/index.js';
import { shell } from '../shell.js';
import { account, stage, type JsonEnd, type Stage } from '../stage.js';

const LIMIT = 1_000;
/** Calls that a run may make: few more than it takes to begin. */
const STEP = 5;
const LINES = Array.from({ length: 40 }, (_, n) => account(`A-${n}`, { Phone: String(n) }));
const SMALL = ['--bulk-batch-size', '10', '--bulk-poll-interval', '20ms'];
const ONE_JOB = ['--max-concurrent-bulk-jobs', '1'];

/** A call that brings a job to its end. */
function followsJob({ path }: { readonly path: string }): boolean {
  return /\/jobs\/ingest\/./.test(path);
}

/** A stage whose org notes what should not have been sent. */
async function guardedStage(
  options: EmulatorOptions,
  lines = LINES,
): Promise<{ scene: Stage; allow: (calls: number) => string; late: string[] }> {
  const late: string[] = [];
  let allowed = Infinity;
  const scene = await stage(lines, {
    apiLimit: LIMIT,
    ...options,
    onRequest: (request) => {
      if (scene.org.apiUsed < allowed || request.kind === 'token' || followsJob(request)) return;
      late.push(`${request.method} ${request.path}`);
    },
  });
  const allow = (calls: number): string => {
    allowed = scene.org.apiUsed + calls;
    return `${Number(((allowed / LIMIT) * 100).toFixed(1))}%`;
  };
  return { scene, allow, late };
}

interface Case {
  readonly name: string;
  readonly modes?: readonly string[];
  readonly map?: string;
  readonly flags?: readonly string[];
  readonly faults?: readonly string[];
  /** Is there a record of each key already? */
  readonly isThere?: boolean;
}

const CASES: readonly Case[] = [
  { name: 'calls side by side', flags: ['--max-in-flight', '3', '--max-concurrent-bulk-jobs', '2'] },
  { name: 'inserts', map: 'insert:', faults: ['503:rate=0.2:retry-after=0'] },
  { name: 'look-ups of Ids', map: 'update:External_Id__c', isThere: true },
  { name: 'reads of only_changes', flags: [...ONE_JOB, '--only-changes'], isThere: true },
  { name: 'calls and records sent again', faults: ['503:processed=true:rate=0.2:retry-after=0', 'lock:rate=0.1'] },
  { name: 'lost replies', faults: ['reset-after:rate=0.2:on=collections'], modes: ['realtime'] },
  {
    name: 'halves',
    flags: [...ONE_JOB, '--unwritable', 'send'],
    faults: ['400:count=3:on=collections:code=JSON_PARSER_ERROR'],
    modes: ['realtime'],
  },
];

describe.each(['realtime', 'bulk'])('max_api_usage in %s', (mode) => {
  const cases = CASES.filter(({ modes }) => modes === undefined || modes.includes(mode));

  it.each(cases)('$name: stops before each call that is one too many; every step gets further', async (one) => {
    const { map = 'upsert:External_Id__c', flags = ONE_JOB, isThere = false, faults = [] } = one;
    const { scene, allow, late } = await guardedStage({});
    const files = [...SMALL, 'dump.ndjson'];
    if (isThere) {
      scene.writeLines(
        'before.ndjson',
        LINES.map((_, n) => account(`A-${n}`)),
      );
      const words = ['--map', 'accounts=Account:upsert:External_Id__c', 'before.ndjson'];
      expect((await scene.run(words)).status).toBe(0);
    }
    for (const fault of faults) scene.org.addFault(fault);
    const words = ['--map', `accounts=Account:${map}:${mode}`, ...flags, ...files];
    const ends: JsonEnd[] = [];
    let end: JsonEnd;
    do {
      const before = scene.org.apiUsed;
      const journal = ends.at(-1)?.summary.journal_file;
      const taken = journal === undefined ? [] : ['--journal', String(journal)];
      end = await scene.runJson([...words, ...taken, '--max-api-usage', allow(STEP)]);
      ends.push(end);
      expect(late).toEqual([]);
      if (mode === 'realtime') expect(scene.org.apiUsed).toBeLessThanOrEqual(before + STEP);
      expect(ends.length).toBeLessThan(30);
    } while (end.status === 3 && end.summary.run.stopped?.code === 'API_USAGE_REACHED');
    expect([end.status, end.summary.run.stopped]).toEqual([0, null]);
    expect(ends.length).toBeGreaterThan(1);
    const { failed, in_doubt } = end.summary.totals;
    expect({ failed, in_doubt }).toEqual({ failed: 0, in_doubt: 0 });
    const records = scene.org.records('Account');
    expect(records.map(({ Phone }) => String(Phone)).sort()).toEqual(LINES.map((_, n) => String(n)).sort());
  });

  it('prints the command that continues, which does once the limit is raised', async () => {
    const { scene, allow } = await guardedStage({});
    const limit = allow(STEP);
    const map = ['--map', `accounts=Account:upsert:External_Id__c:${mode}`];
    const { status, stdout } = await scene.run([...map, ...SMALL, ...ONE_JOB, '--max-api-usage', limit, 'dump.ndjson']);
    expect(status).toBe(3);
    const [, command = 'false'] = /^Continue {2}(.*)$/m.exec(stdout) ?? [];
    expect(command).toContain(`--max-api-usage ${limit}`);
    allow(Infinity);
    const raised = command.replace(`--max-api-usage ${limit}`, '--max-api-usage 100%');
    const again = await shell(scene, `sfreplay() { $SFREPLAY "$@"; }; ${raised}`);
    expect(again).not.toContain('Continue ');
    expect(scene.org.records('Account')).toHaveLength(40);
  });
});

describe('max_api_usage that is reached before', () => {
  const TWO = ['--map', 'accounts=Account:upsert:External_Id__c', '--map', 'contacts=Contact:insert'];
  const USED = { apiUsed: 500, apiLimit: LIMIT };
  const HALF = ['--max-api-usage', '50%'];
  const message = 'The org has used 501 of its 1000 API calls of 24 hours; max_api_usage is 50%';

  it('stops a replay after the call that told, with the way on', async () => {
    const scene = await stage(LINES, USED);
    const { status, summary, stderr } = await scene.runJson([...TWO, ...HALF, 'dump.ndjson']);
    expect([status, summary.run.stopped]).toEqual([3, { code: 'API_USAGE_REACHED', message }]);
    expect(stderr).toContain(message);
    expect(scene.org.apiUsed).toBe(501);
    const again = await scene.runJson([...TWO, '--journal', String(summary.journal_file), 'dump.ndjson']);
    expect([again.status, again.summary.totals.succeeded]).toEqual([0, 40]);
  });

  it.each(['check', 'diff'])('is an error of %s, which sends nothing more', async (command) => {
    const scene = await stage(LINES, USED);
    const { status, stdout } = await scene.run([command, ...TWO, ...HALF, '--json', 'dump.ndjson']);
    expect(status).toBe(2);
    expect((JSON.parse(stdout) as { error: object }).error).toMatchObject({ code: 'API_USAGE_REACHED', message });
    expect(scene.org.apiUsed).toBe(501);
  });

  it('ends the reads of diff', async () => {
    const scene = await stage(
      Array.from({ length: 10_000 }, (_, n) => account(`A-${n}`)),
      { apiUsed: 495, apiLimit: LIMIT },
    );
    const words = ['diff', ...TWO.slice(0, 2), '--max-in-flight', '3', ...HALF, '--json', 'dump.ndjson'];
    const { status, stdout } = await scene.run(words);
    expect(status).toBe(2);
    expect((JSON.parse(stdout) as { error: object }).error).toMatchObject({ code: 'API_USAGE_REACHED' });
    expect(scene.org.apiUsed).toBeLessThanOrEqual(500);
  });
});
