import { runNode, SFREPLAY, type ClientUsage } from './client.js';
import { KEY_FIELD } from './dump/record.js';
import { TOPICS } from './topics.js';

/** The part of the summary that the rows look at. */
export interface Summary {
  readonly totals: { readonly read: number; readonly succeeded: number; readonly failed: number };
  readonly api: { readonly calls: number };
}

export interface SfreplayRun {
  readonly url: string;
  readonly cwd: string;
  /** Flags and files beyond `replay`, the mappings and `--json`. */
  readonly words: readonly string[];
  readonly pipedFrom?: readonly string[];
}

/** Signs in to a model org; it believes everything. */
export function signIn(url: string): Record<string, string> {
  return { SALESFORCE_ORG_URL: url, SALESFORCE_CLIENT_ID: 'bench', SALESFORCE_CLIENT_SECRET: 'bench' };
}

/** The flags that map the three topics. */
export function mapTopics(mode: 'bulk' | 'realtime'): string[] {
  return TOPICS.flatMap(({ topic, sobject }) => ['--map', `${topic}=${sobject}:upsert:${KEY_FIELD}:${mode}`]);
}

/** Runs `sfreplay replay` without progress. Throws when its exit status is not 0. */
export async function replay({ url, cwd, words, pipedFrom }: SfreplayRun): Promise<ClientUsage & { summary: Summary }> {
  const usage = await runNode({
    words: [SFREPLAY, 'replay', '--quiet', '--json', ...words],
    cwd,
    environment: signIn(url),
    ...(pipedFrom !== undefined && { pipedFrom }),
  });
  return { ...usage, summary: JSON.parse(usage.stdout) as Summary };
}
