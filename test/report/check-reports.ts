import type { CheckedTopic, CheckReport } from '../../src/accounting/check-report.js';

export function checkedTopic(topic: string, of: Partial<CheckedTopic> = {}): CheckedTopic {
  return {
    topic,
    sobject: 'Account',
    operation: 'upsert',
    mode: 'bulk',
    key_field: 'External_Id__c',
    read: 10,
    would_send: 10,
    would_fail: 0,
    may_fail: 0,
    superseded: 0,
    keys: null,
    batches: 1,
    api_calls: 6,
    bulk_batches: 1,
    errors: [],
    possible_errors: [],
    dropped_fields: {},
    dropped_reasons: {},
    unknown_fields: {},
    nearest_fields: {},
    ...of,
  };
}

export function checkReport(topics: CheckedTopic[], warnings: string[] = []): CheckReport {
  return {
    exit_code: topics.some(({ would_fail: count }) => (count ?? 0) > 0) ? 1 : 0,
    org: null,
    input: {
      lines: 10,
      bytes: 5120,
      malformed: 0,
      unmapped: 0,
      files: [{ path: 'dump.ndjson', lines: 10 }],
      malformed_errors: [],
      unmapped_topics: [],
    },
    topics,
    estimate: null,
    warnings,
    line_errors: [],
  };
}
