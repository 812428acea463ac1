import { expect, it } from 'vitest';
import { withActiveRules } from '../../src/replay/preflight.js';
import type { SalesforceClient } from '../../src/salesforce/client.js';
import { mapping } from '../batching/records.js';

function org(rows: readonly object[]) {
  const client = {
    calls: 0,
    request: () => Promise.resolve({ value: { rows, next: undefined, calls: ++client.calls } }),
  };
  return { client: client as unknown as SalesforceClient, made: client };
}

const CASES = { ...mapping('cases', 'bulk'), sobject: 'case', assignmentRule: true };
const { signal } = new AbortController();

it('withActiveRules: one query gives every bulk mapping the Id of the active rule', async () => {
  const { client, made } = org([{ Id: '01Q1', SobjectType: 'Case' }]);
  const others = [
    { ...CASES, mode: 'realtime' as const },
    { ...CASES, assignmentRule: '01Q2' },
  ];
  expect(await withActiveRules([CASES, CASES, ...others], client, signal)).toEqual([
    { ...CASES, assignmentRule: '01Q1' },
    { ...CASES, assignmentRule: '01Q1' },
    ...others,
  ]);
  expect(made.calls).toBe(1);
});

it('withActiveRules: asks nothing where nothing is open, and tells of a type without an active rule', async () => {
  const { client, made } = org([{ Id: '01Q1', SobjectType: 'Lead' }]);
  await withActiveRules([{ ...CASES, assignmentRule: false }], client, signal);
  expect(made.calls).toBe(0);
  await expect(withActiveRules([CASES], client, signal)).rejects.toMatchObject({
    code: 'NO_ACTIVE_ASSIGNMENT_RULE',
    message: 'case has no active assignment rule (assignment_rule of topic cases)',
  });
});
