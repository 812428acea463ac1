import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Summary } from '../../src/accounting/summary.js';
import { settingsFromObject } from '../../src/config/load.js';
import { Emulator, type EmulatorOptions } from '../../src/emulator/index.js';
import { fromLines } from '../../src/input/from-lines.js';
import { parseEntry } from '../../src/journal/format.js';
import type { Mode, Operation } from '../../src/core/record.js';
import { replay } from '../../src/replay/replay.js';
import type { ReplayOptions } from '../../src/replay/replay-options.js';
import { readLines, type DeadLetterLine } from '../cli/stage.js';

export interface TrialOptions {
  readonly mode: Mode;
  readonly operation: Operation;
  readonly hasJournal: boolean;
  /** Three of them are a batch; six unless told. */
  readonly lineCount?: number;
  /** The org forgets bulk jobs, or says so. */
  readonly mayLoseJobs?: boolean;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly emulator?: EmulatorOptions;
}

/** One line of the dump, and whether the org takes it. */
interface TrialLine {
  readonly text: string;
  readonly marker: string;
  readonly id: string | undefined;
  readonly isGood: boolean;
}

export type Fate = 'succeeded' | 'failed' | 'in_doubt' | 'unsent';

/** Lines of one topic in batches of three, one line of each batch bad, and an org of their own. */
export class Trial {
  readonly folder = mkdtempSync(join(tmpdir(), 'sfreplay-faults-'));
  summary: Summary | undefined;

  private constructor(
    readonly options: TrialOptions,
    readonly org: Emulator,
    readonly lines: readonly TrialLine[],
  ) {}

  static async start(options: TrialOptions): Promise<Trial> {
    const org = await Emulator.start({ bulk: { queueMs: 1, chunkSize: 1, parallelBatches: 1 }, ...options.emulator });
    const { operation, lineCount = 6 } = options;
    const ids = operation === 'update' || operation === 'delete' ? await createRecords(org, lineCount) : [];
    const lines = Array.from({ length: lineCount }, (_, i) => makeLine(operation, i, ids[i]));
    return new Trial(options, org, lines);
  }

  /** Time-outs are long enough never to strike by themselves, unless told. */
  async run(
    options: Partial<ReplayOptions> = {},
    requestTimeout = '20s',
    moreConfig: Readonly<Record<string, unknown>> = {},
  ): Promise<Summary> {
    const { mode, operation, hasJournal, config } = this.options;
    const settings = settingsFromObject({
      org_url: this.org.url,
      client_id: this.org.clientId,
      client_secret: this.org.clientSecret,
      ...{ request_timeout: requestTimeout, max_retries: 1, bulk_poll_interval: '5ms', bulk_batch_size: 3 },
      failures_file: join(this.folder, 'failures'),
      ...(hasJournal ? { journal_file: join(this.folder, 'journal') } : {}),
      topic_mappings: [
        {
          ...{ topic: 't', sobject: 'Account', operation, mode },
          ...(operation === 'upsert' ? { external_id_field: 'External_Id__c' } : {}),
        },
      ],
      ...config,
      ...moreConfig,
    });
    this.summary = await replay({
      settings,
      input: fromLines(this.lines.map(({ text }) => text)),
      runId: 'trial',
      chance: { sleep: shortSleep, random: () => 0.5 },
      ...options,
    });
    return this.summary;
  }

  /** Replays what the failures file keeps of a run that was stopped. */
  runUnsent(): Promise<Summary> {
    const letters = this.#read('failures').split('\n');
    const unsent = letters.filter((letter) => letter.includes('"outcome":"unsent"'));
    return this.run({ input: fromLines(unsent) }, undefined, { failures_file: join(this.folder, 'failures again') });
  }

  /** What the program says of each line. */
  fates(): Fate[] {
    const fates = this.lines.map((): Fate => (this.options.hasJournal ? 'unsent' : 'succeeded'));
    for (const line of this.#read('journal').split('\n')) {
      const entry = parseEntry(line);
      if (entry?.kind !== 'settled') continue;
      for (const [first, last] of entry.topics.flatMap(({ ranges }) => ranges)) {
        for (let n = first; n <= last; n++) fates[n] = 'succeeded';
      }
    }
    for (const { error } of readLines(this.#read('failures')) as DeadLetterLine[]) {
      fates[error.source.line - 1] = error.outcome;
    }
    return fates;
  }

  /** How often the line was carried out in the org. */
  times({ marker, id }: TrialLine): number {
    const history = this.org.history('Account');
    if (this.options.operation === 'delete') {
      return history.filter((version) => version.change === 'deleted' && version.id === id).length;
    }
    return history.filter(({ fields }) => fields['Description'] === marker).length;
  }

  /** Everything that does not fit together. */
  wrongs(): string[] {
    const { summary, lines } = this;
    if (summary === undefined) return ['there was no run'];
    const wrongs: string[] = [];
    const fates = this.fates();
    for (const [i, line] of lines.entries()) {
      const wrong = this.#wrongOf(line, fates[i] as Fate);
      if (wrong !== undefined) wrongs.push(`line ${i + 1} ${wrong}`);
    }
    const { read, ...outcomes } = summary.totals;
    const sum = Object.values(outcomes).reduce((total, count) => total + count, 0);
    if (sum !== read) wrongs.push(`${read} lines, ${sum} accounted for`);
    const { exit_code: exitCode, stopped } = summary.run;
    const expected = stopped !== null ? 3 : fates.every((fate) => fate === 'succeeded') ? 0 : 1;
    if (exitCode !== expected) wrongs.push(`exit status ${exitCode}, not ${expected}`);
    if (stopped === null && fates.includes('unsent')) wrongs.push('unsent, but not stopped');
    const letters = (readLines(this.#read('failures')) as DeadLetterLine[]).map(({ error }) => error.source.line);
    if (new Set(letters).size !== letters.length) wrongs.push(`failures file names lines ${letters.join()}`);
    return wrongs;
  }

  async end(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.org.stop();
  }

  #wrongOf(line: TrialLine, fate: Fate): string | undefined {
    const times = this.times(line);
    const { mode, operation } = this.options;
    // What a bulk job did that the org does not know any more is done once more.
    const mayRepeat =
      (mode === 'realtime' || this.options.mayLoseJobs === true) && (operation === 'update' || operation === 'upsert');
    if (times > 1 && !mayRepeat) return `was written ${times} times`;
    if (times > 4) return `was written ${times} times`;
    if (fate === 'succeeded' && times === 0) return 'succeeded, and is not there';
    if (fate === 'succeeded' && !line.isGood) return 'cannot have succeeded';
    if (fate === 'failed' && times > 0) return 'failed, and is there';
    // With a journal, what may have been written is left to the next run.
    if (fate === 'unsent' && times > 0 && !this.options.hasJournal) return 'is unsent, and is there';
    return undefined;
  }

  #read(name: string): string {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }
}

/** Nobody has to wait for the org to calm down: it is calm at once. */
export async function shortSleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.min(ms, 3), undefined, { signal }).catch(() => undefined);
}

function makeLine(operation: Operation, i: number, id: string | undefined): TrialLine {
  const isGood = i % 3 !== 2;
  const marker = `${operation} ${i}`;
  const line = (data: object, key?: string) => ({
    text: JSON.stringify({ topic: 't', data }),
    ...{ marker, isGood, id: key },
  });
  const text = { Description: marker };
  switch (operation) {
    case 'insert':
      return line(isGood ? { Name: marker, ...text } : text);
    case 'upsert':
      return line({ External_Id__c: `K-${i}`, ...text, ...(isGood ? { Name: marker } : {}) });
    case 'update':
      return line({ Id: isGood ? id : badId(i), ...text }, id);
    case 'delete': {
      const key = isGood ? id : badId(i);
      return line({ Id: key }, key);
    }
  }
}

/** Of no record, and unlike the others in the 15 characters that count. */
function badId(i: number): string {
  return `001${'0'.repeat(11)}${i}AAA`;
}

async function createRecords(org: Emulator, count: number): Promise<string[]> {
  const records = Array.from({ length: count }, (_, i) => ({ attributes: { type: 'Account' }, Name: `old ${i}` }));
  const response = await fetch(`${org.url}/services/data/v65.0/composite/sobjects`, {
    method: 'POST',
    headers: { authorization: `Bearer ${org.issueToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ records }),
  });
  return ((await response.json()) as { id: string }[]).map(({ id }) => id);
}
