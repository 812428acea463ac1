import { expect, test } from 'vitest';
import { dependencyLevels } from '../../src/batching/levels.js';
import { mapping } from './records.js';

test('a topic comes after all that it depends on, as early as may be', () => {
  const depending = (topic: string, ...dependsOn: string[]) => ({ ...mapping(topic), dependsOn });
  const levels = dependencyLevels([
    depending('tasks', 'contacts', 'accounts'),
    depending('contacts', 'accounts'),
    depending('accounts'),
    depending('cases', 'accounts'),
    depending('leads'),
  ]);
  expect(Object.fromEntries(levels)).toEqual({ tasks: 2, contacts: 1, accounts: 0, cases: 1, leads: 0 });
});
