import type { Summary, TopicSummary } from '../../src/accounting/summary.js';

export function topicSummary(topic: string, of: Partial<TopicSummary> = {}): TopicSummary {
  return {
    topic,
    sobject: 'Account',
    operation: 'upsert',
    mode: 'realtime',
    read: 0,
    succeeded: 0,
    created: null,
    failed: 0,
    in_doubt: 0,
    unchanged: 0,
    superseded: 0,
    resumed: 0,
    unsent: 0,
    batches: 1,
    jobs: [],
    errors: [],
    dropped_fields: {},
    unknown_fields: {},
    nearest_fields: {},
    ...of,
  };
}

type Parts = { [Key in 'run' | 'input' | 'totals' | 'api']?: Partial<Summary[Key]> };

/** The totals are the topics' unless given. */
export function summaryOf(topics: TopicSummary[], parts: Parts = {}, failuresFile: string | null = null): Summary {
  const sum = (of: (topic: TopicSummary) => number): number => topics.reduce((total, topic) => total + of(topic), 0);
  const { malformed = 0, unmapped = 0 } = parts.totals ?? {};
  const read = sum((topic) => topic.read) + malformed + unmapped;
  return {
    run: {
      id: 'r1',
      started_at: '2026-01-02T03:04:05.678Z',
      duration_ms: 12_345,
      exit_code: 0,
      stopped: null,
      ...parts.run,
    },
    org: { url: 'https://acme.my.salesforce.com', user: 'loader@acme.example' },
    input: {
      lines: read,
      bytes: 5120,
      malformed,
      unmapped,
      files: [{ path: 'dump.ndjson', lines: read }],
      malformed_errors: [],
      unmapped_topics: [],
      ...parts.input,
    },
    topics,
    totals: {
      read,
      succeeded: sum((topic) => topic.succeeded),
      unchanged: sum((topic) => topic.unchanged),
      failed: sum((topic) => topic.failed),
      in_doubt: sum((topic) => topic.in_doubt),
      superseded: sum((topic) => topic.superseded),
      unmapped: 0,
      malformed: 0,
      resumed: sum((topic) => topic.resumed),
      unsent: sum((topic) => topic.unsent),
      ...parts.totals,
    },
    api: { calls: 4, retries: 0, used: 18, limit: 15_000, ...parts.api },
    failures_file: failuresFile,
    journal_file: null,
    notes: [],
    line_errors: [],
  };
}

/** A run in which a little of everything went wrong. */
export const troubled = summaryOf(
  [
    topicSummary('crm.prod.accounts.v2', {
      read: 7000,
      succeeded: 6996,
      created: 12,
      failed: 3,
      in_doubt: 1,
      errors: [
        {
          code: 'REQUIRED_FIELD_MISSING',
          count: 3,
          example: 'Required fields are missing: [Name]',
          file: 'dump.ndjson',
          line: 4,
        },
        { code: 'TIMEOUT', count: 1, example: 'no answer within 30 s\u001B[2J', file: 'dump.ndjson', line: 12_001 },
      ],
      dropped_fields: { LastModifiedById: 12, CreatedDate: 7000, SystemModstamp: 7000 },
      unknown_fields: { 'Name\u200b': 1, nmae: 12 },
      nearest_fields: { nmae: 'Name' },
    }),
    topicSummary('contacts', {
      sobject: 'Contact',
      operation: 'update',
      mode: 'bulk',
      read: 5347,
      succeeded: 5347,
      jobs: ['7501', '7502'],
    }),
  ],
  {
    run: { exit_code: 1 },
    input: {
      bytes: 13_912_345,
      files: [
        { path: 'dump.ndjson', lines: 12_000 },
        { path: 'more.ndjson.gz', lines: 350 },
      ],
      unmapped_topics: [{ topic: 'crm.notes', count: 2 }],
    },
    totals: { malformed: 1, unmapped: 2 },
    api: { calls: 44, retries: 1, used: 1018 },
  },
  'sfreplay-r1.failed.ndjson',
);
