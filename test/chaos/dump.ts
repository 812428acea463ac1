import type { Mode, Operation } from '../../src/core/record.js';
import { Chance } from '../model/random.js';

/** What is to become of one line, however often the run is killed. */
export interface ChaosLine {
  readonly text: string;
  /** Undefined for a line that is malformed or without a mapping. */
  readonly topic: ChaosTopic | undefined;
  /** Unique to the line, or to lines that are equal; what the record's Description says. */
  readonly marker: string;
  /** What tells records apart: external id, Id, or nothing for inserts. */
  readonly key: string | undefined;
  readonly expected: 'written' | 'failed' | 'skipped';
  /** The key of the record that an upsert refers to, which may come later. */
  readonly parent?: string | undefined;
}

export interface ChaosTopic {
  readonly name: string;
  readonly operation: Operation;
  readonly mode: Mode;
}

export const TOPICS: readonly ChaosTopic[] = (['realtime', 'bulk'] as const).flatMap((mode) =>
  (['insert', 'update', 'upsert', 'delete'] as const).map((operation) => ({
    name: `${mode}-${operation}`,
    operation,
    mode,
  })),
);

/** The flags that map the topics. */
export function mapFlags(topics = TOPICS): string[] {
  return topics.flatMap(({ name, operation, mode }) => [
    '--map',
    `${name}=Account:${operation}:${operation === 'upsert' ? 'External_Id__c' : ''}:${mode}`,
  ]);
}

/** What the keys of upserts end in, and those of their parents. Two keys differ by a blank that the org keeps. */
const UPSERTS = [['0'], ['1', '0'], ['2', '1'], ['3'], ['3\u00a0', '0'], ['4', '0']] as const;

/** Ids of records that are there before the run, for updates and deletes. */
export interface Population {
  readonly toUpdate: readonly string[];
  readonly toDelete: readonly string[];
  /** Deleted before the run begins. */
  readonly deleted: readonly string[];
}

/**
 * A dump with all topics mixed: repeated keys, rows that the org refuses, equal lines, equal lines of which the org takes
 * but one, malformed lines, and lines of a topic without a mapping.
 */
export function makeDump(seed: number, population: Population, linesPerTopic: number, topics = TOPICS): ChaosLine[] {
  const chance = new Chance(seed);
  const toDelete = [...population.toDelete];
  const piles = topics.map((topic) =>
    Array.from({ length: linesPerTopic }, (_, i) => makeLine(topic, i, chance, population, toDelete)),
  );
  const lines: ChaosLine[] = [];
  for (let pile = pick(piles, chance); pile !== undefined; pile = pick(piles, chance)) {
    const line = pile.shift();
    if (line !== undefined) lines.push(line);
    if (chance.happens(0.04)) lines.push(odd(`{"topic":"${lines.length}`, 'failed'));
    if (chance.happens(0.04)) lines.push(odd(`{"topic":"elsewhere","data":{"n":${lines.length}}}`, 'skipped'));
  }
  return withoutOrphans(lines);
}

/** What hangs on a record that is never written cannot be written, whatever comes when. */
function withoutOrphans(lines: readonly ChaosLine[]): ChaosLine[] {
  const written = new Set<string>();
  for (let before = -1; written.size !== before;) {
    before = written.size;
    for (const { key, parent, expected } of lines) {
      const isThere = parent === undefined || written.has(parent);
      if (key !== undefined && expected === 'written' && isThere) written.add(key);
    }
  }
  return lines.map((line) =>
    line.parent === undefined || written.has(line.parent) ? line : { ...line, expected: 'failed' as const },
  );
}

function pick(piles: readonly ChaosLine[][], chance: Chance): ChaosLine[] | undefined {
  const left = piles.filter(({ length }) => length > 0);
  return left.length === 0 ? undefined : chance.pick(left);
}

function odd(text: string, expected: 'failed' | 'skipped'): ChaosLine {
  return { text, topic: undefined, marker: '', key: undefined, expected };
}

function makeLine(
  topic: ChaosTopic,
  i: number,
  chance: Chance,
  { toUpdate, deleted }: Population,
  toDelete: string[],
): ChaosLine {
  const marker = `${topic.name} ${i}`;
  const line = (data: object, key: string | undefined, expected: ChaosLine['expected'], description = marker) => ({
    text: JSON.stringify({
      topic: topic.name,
      data: { ...data, ...(description === '' ? {} : { Description: description }) },
    }),
    ...{ topic, key, expected, marker: description },
  });
  const isRefused = chance.happens(0.12);
  const half = topic.mode === 'realtime' ? 0 : 1;
  switch (topic.operation) {
    case 'insert': {
      if (isRefused) return line({}, undefined, 'failed');
      // Equal to one another; of those with an external id the org takes the first.
      if (chance.happens(0.15)) return line({ Name: 'twin' }, undefined, 'written', `${topic.name} twin`);
      if (chance.happens(0.2)) {
        const key = `${topic.name}-only`;
        return line({ Name: 'one of many', External_Id__c: key }, undefined, 'written', key);
      }
      return line({ Name: marker }, undefined, 'written');
    }
    case 'update': {
      if (isRefused) return line({ Id: `001${'0'.repeat(11)}${i}AAA`.slice(0, 18) }, undefined, 'failed');
      const ids = toUpdate.filter((_, n) => n % 2 === half);
      const id = chance.pick(ids);
      return line({ Id: id }, id, 'written');
    }
    case 'upsert': {
      const [key, parent] = chance.pick(UPSERTS).map((end) => `${topic.name}-${end}`);
      const data = { External_Id__c: key, ...(parent !== undefined && { Parent: { External_Id__c: parent } }) };
      // Too long a name is refused, whether the record is there or not; a bad date perhaps with all of the call.
      const bad = chance.happens(0.5) ? { Name: 'x'.repeat(300) } : { Name: marker, Since__c: '31/12/2025' };
      if (isRefused) return { ...line({ ...data, ...bad }, key, 'failed'), parent };
      return { ...line({ ...data, Name: marker }, key, 'written'), parent };
    }
    case 'delete': {
      const id = isRefused ? undefined : toDelete.pop();
      const gone = deleted[(2 * i + half) % deleted.length] as string;
      return id === undefined ? line({ Id: gone }, gone, 'failed', '') : line({ Id: id }, id, 'written', '');
    }
  }
}
