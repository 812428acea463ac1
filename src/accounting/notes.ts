import type { TopicLedger } from './ledger.js';

/** A topic is told of `compact` when repeated keys closed at least so many of its batches, and this share of them. */
const LEAST_BATCHES = 10;
const LEAST_SHARE = 0.2;

/** What is worth saying of a run beside its figures, one sentence each. */
export function summaryNotes(topics: readonly TopicLedger[]): string[] {
  return topics
    .flatMap((topic) => [savingNote(topic), repetitionNote(topic), tombstoneNote(topic), doubtNote(topic)])
    .filter((note) => note !== undefined);
}

function savingNote({ mapping, batchesSaved: saved }: TopicLedger): string | undefined {
  if (saved === 0) return undefined;
  return `${mapping.topic}: compact saved ${count(saved, what(mapping.mode))}, which repeated keys would have cost`;
}

function repetitionNote({ mapping, batches, batchesClosedByKey: closed }: TopicLedger): string | undefined {
  if (closed < LEAST_BATCHES || closed < batches * LEAST_SHARE) return undefined;
  const of = `${closed.toLocaleString('en-US')} of ${count(batches, what(mapping.mode))}`;
  return `${mapping.topic}: a repeated key cut ${of} short; compact: true folds versions that wait together`;
}

function tombstoneNote({ mapping, tombstonesSkipped: skipped }: TopicLedger): string | undefined {
  return skipped === 0
    ? undefined
    : `${mapping.topic}: ${count(skipped, 'tombstone')} skipped; they count as superseded`;
}

function doubtNote({ mapping, heldBack }: TopicLedger): string | undefined {
  if (heldBack === 0) return undefined;
  return `${mapping.topic}: ${count(heldBack, 'insert')} in doubt not sent, kept in the failures file as before`;
}

function what(mode: 'realtime' | 'bulk'): string {
  return mode === 'bulk' ? 'bulk job' : 'call';
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;
}
