import { expect, test } from 'vitest';
import { dependencyLevels } from '../../src/replay/deferred-records.js';
import { settingsFromObject } from '../../src/config/load.js';
import type { ConfigError } from '../../src/core/errors.js';

/** What is told of topics that wait like that. */
function told(waits: Readonly<Record<string, readonly string[]>>): string[] {
  try {
    settingsFromObject(configOf(waits));
    return [];
  } catch (error) {
    return (error as ConfigError).issues.map(({ path, message }) => `${path}: ${message}`);
  }
}

function configOf(waits: Readonly<Record<string, readonly string[]>>): object {
  return {
    org_url: 'https://acme.my.salesforce.com',
    access_token: 'a-token',
    topic_mappings: Object.entries(waits).map(([topic, depends_on]) => ({
      ...{ topic, sobject: 'Account', operation: 'insert', depends_on: [...depends_on] },
    })),
  };
}

const at = (index: number, circle: string) =>
  `topic_mappings[${index}].depends_on: topics depend on one another: ${circle}`;

test.each<[string, Readonly<Record<string, readonly string[]>>, string[]]>([
  ['none', { a: ['b', 'b'], b: ['c'], c: [] }, []],
  ['itself', { a: [], b: ['b'] }, [at(1, 'b → b')]],
  ['a circle, from its first topic on', { x: ['c'], a: [], b: ['c'], c: ['a', 'b'] }, [at(2, 'b → c → b')]],
  ['two of them', { a: ['b'], b: ['a'], c: ['d', 'a'], d: ['c'] }, [at(0, 'a → b → a'), at(2, 'c → d → c')]],
  ['one within another', { a: ['b', 'c'], b: ['a'], c: ['a'] }, [at(0, 'a → b → a')]],
  [
    'names of members',
    { constructor: ['__proto__'], toString: ['constructor'] },
    ['topic_mappings[0].depends_on[0]: no mapping names the topic "__proto__"'],
  ],
])('%s', (_, waits, issues) => {
  expect(told(waits)).toEqual(issues);
});

const COUNT = 20_000;

test('a chain takes time by its length, closed to a circle or not', () => {
  const chain = Object.fromEntries(
    Array.from({ length: COUNT }, (_, i) => [`t${i}`, i + 1 < COUNT ? [`t${i + 1}`] : []]),
  );
  const begun = process.cpuUsage();
  const { mappings } = settingsFromObject(configOf(chain));
  expect(dependencyLevels(mappings).get('t0')).toBe(COUNT - 1);
  const [circle] = told({ ...chain, [`t${COUNT - 1}`]: ['t0'] });
  expect(circle).toBe(at(0, 't0 → t1 → t2 → t3 → t4 → t5 → t6 → t7 → t8 → t9 → … (19990 more) → t0'));
  // Some 0.3 s here; what grows with the square of the length takes minutes.
  expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(10);
});
