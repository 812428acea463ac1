import type { Mode, Operation } from '../../src/record.js';
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
  return lines;
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
      const key = `${topic.name}-${chance.integer(6)}`;
      // Too long a name is refused, whether the record is there or not.
      if (isRefused) return line({ External_Id__c: key, Name: 'x'.repeat(300) }, key, 'failed');
      return line({ External_Id__c: key, Name: marker }, key, 'written');
    }
    case 'delete': {
      const id = isRefused ? undefined : toDelete.pop();
      const gone = deleted[(2 * i + half) % deleted.length] as string;
      return id === undefined ? line({ Id: gone }, gone, 'failed', '') : line({ Id: id }, id, 'written', '');
    }
  }
}
