import type { Summary } from '../../../src/accounting/summary.js';
import { settingsFromObject, type Config } from '../../../src/config/load.js';
import type { JobHistory, RunHistory, Sample } from '../../../src/report/page/recorder.js';
import type { RunPage } from '../../../src/report/page/run-page.js';
import { summaryOf, topicSummary } from '../summaries.js';

/** A page of a run of one topic, of which nothing more is known than is told. */
export function pageOf(of: Partial<RunPage> = {}, config: Partial<Config> = {}): RunPage {
  const summary = of.summary ?? summaryOf([topicSummary('a', { read: 3, succeeded: 3 })]);
  return {
    summary,
    settings: settingsFromObject({
      org_url: 'https://acme.my.salesforce.com',
      access_token: 'a-token',
      topic_mappings: summary.topics.map(({ topic, mode }) => {
        return { topic, sobject: 'Account', mode, external_id_field: 'Key__c' };
      }),
      ...config,
    }),
    history: historyOf(summary),
    failures: [],
    retryCommand: undefined,
    ...of,
  };
}

/** A run that was looked at once a second: all was written, and failed, in even steps. */
export function historyOf({ topics, run, totals }: Summary, of: Partial<RunHistory> = {}): RunHistory {
  const count = Math.min(600, Math.max(1, Math.floor(run.duration_ms / 1000)));
  const samples = Array.from({ length: count + 1 }, (_, index): Sample => {
    const share = (whole: number): number => Math.floor((whole * index) / count);
    return {
      atMs: (run.duration_ms * index) / count,
      written: topics.map(({ succeeded }) => share(succeeded)),
      failed: topics.map(({ failed, in_doubt: inDoubt }) => share(failed + inDoubt)),
      malformed: share(totals.malformed),
    };
  });
  return { topics: topics.map(({ topic }) => topic), samples, jobs: [], warnings: [], ...of };
}

/** A closed job of whose end nobody knows. */
export function jobUnderWay(id: string, madeAtMs: number, topic = 'a'): JobHistory {
  return { topic, id, records: 10, isResumed: false, madeAtMs, closedAtMs: madeAtMs + 100 };
}

export function job(id: string, madeAtMs: number, of: Partial<JobHistory> = {}): JobHistory {
  return {
    ...{ topic: 'a', id, records: 10, isResumed: false, madeAtMs },
    ...{ closedAtMs: madeAtMs + 100, endedAtMs: madeAtMs + 500, state: 'JobComplete', failed: 0 },
    ...of,
  };
}
