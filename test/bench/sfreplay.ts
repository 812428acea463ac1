import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { runNode, SFREPLAY, type ClientUsage } from './client.js';
import { KEY_FIELD } from './dump/record.js';
import { TOPICS } from './topics.js';

/** The part of the summary that the rows look at. */
export interface Summary {
  readonly totals: { readonly read: number; readonly succeeded: number; readonly failed: number };
}

export interface SfreplayRun {
  readonly url: string;
  readonly cwd: string;
  /** Flags and files beyond `replay`, the mappings and `--json`. */
  readonly words: readonly string[];
  readonly pipedFrom?: readonly string[];
  /** Also take an exit status of 1, which says that some records failed. */
  readonly mayFail?: boolean;
}

/** Signs in to a model org; it believes everything. */
export function signIn(url: string): Record<string, string> {
  return { SALESFORCE_ORG_URL: url, SALESFORCE_CLIENT_ID: 'bench', SALESFORCE_CLIENT_SECRET: 'bench' };
}

/** The flags that map the three topics. */
export function mapTopics(mode: 'bulk' | 'realtime'): string[] {
  return TOPICS.flatMap(({ topic, sobject }) => ['--map', `${topic}=${sobject}:upsert:${KEY_FIELD}:${mode}`]);
}

export interface MappedTopic {
  readonly topic: string;
  readonly sobject: string;
  readonly mode: 'bulk' | 'realtime';
  readonly compact?: boolean;
  readonly fields?: Readonly<Record<string, string>>;
}

/** Writes a configuration file with mappings that flags cannot say, or that would take thousands of them. */
export function writeConfiguration(path: string, topics: readonly MappedTopic[]): void {
  const mappings = topics.map((one) => ({ ...one, external_id_field: KEY_FIELD }));
  // JSON is YAML as well.
  writeFileSync(path, JSON.stringify({ topic_mappings: mappings }));
}

/** Runs `sfreplay replay` without progress. Throws when it does not end well. */
export async function replay(run: SfreplayRun): Promise<ClientUsage & { summary: Summary }> {
  const { url, cwd, words, pipedFrom, mayFail } = run;
  const usage = await runNode({
    words: [SFREPLAY, 'replay', '--quiet', '--json', ...words],
    cwd,
    environment: signIn(url),
    statuses: mayFail === true ? [0, 1] : [0],
    ...(pipedFrom !== undefined && { pipedFrom }),
  });
  return { ...usage, summary: JSON.parse(usage.stdout) as Summary };
}

/** Does this flag of `replay` take `auto`? Its help says so. */
export function takesAuto(flag: string): boolean {
  const { stdout } = spawnSync(process.execPath, [SFREPLAY, 'replay', '--help'], { encoding: 'utf8' });
  const at = stdout.indexOf(`${flag} `);
  const next = stdout.slice(at + flag.length).search(/\n\s+-/);
  return at !== -1 && stdout.slice(at, at + flag.length + next).includes('auto');
}
