import type { SourceRecord, TopicMapping } from '../../src/core/record.js';

export function mapping(topic = 'accounts', mode: TopicMapping['mode'] = 'realtime'): TopicMapping {
  return {
    topic,
    sobject: 'Account',
    operation: 'upsert',
    externalIdField: 'External_Id__c',
    mode,
    allOrNone: false,
    compact: false,
    tombstones: 'fail',
    dependsOn: [],
  };
}

let line = 0;

/** A record with this key that is `bytes` long. */
export function record(of: TopicMapping, key?: string, bytes = 10): SourceRecord {
  return {
    mapping: of,
    position: { file: '-', line: ++line },
    text: '{}',
    bytes,
    fields: { columns: [], values: [] },
    ordinal: line,
    key,
    attempts: 0,
    refusedColumns: undefined,
  };
}
