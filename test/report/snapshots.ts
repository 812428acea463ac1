import type { ProgressSnapshot, TopicProgress } from '../../src/accounting/progress.js';

export function topicProgress(topic: string, of: Partial<TopicProgress> = {}): TopicProgress {
  return {
    topic,
    sobject: 'Account',
    operation: 'upsert',
    mode: 'realtime',
    read: 0,
    sent: 0,
    succeeded: 0,
    failed: 0,
    inDoubt: 0,
    inFlight: 0,
    settled: (of.succeeded ?? 0) + (of.failed ?? 0) + (of.inDoubt ?? 0),
    done: false,
    ...of,
  };
}

/** Of a run where every line read is a record of a topic. */
export function snapshotOf(
  elapsedMs: number,
  topics: readonly TopicProgress[],
  of: Partial<Omit<ProgressSnapshot, 'input'>> & { input?: Partial<ProgressSnapshot['input']> } = {},
): ProgressSnapshot {
  const lines = topics.reduce((sum, topic) => sum + topic.read, 0);
  return {
    elapsedMs,
    topics,
    malformed: 0,
    unmapped: 0,
    callsAtOnce: undefined,
    notice: undefined,
    ...of,
    input: { lines, position: 0, size: undefined, ended: false, ...of.input },
  };
}
