import { expect, test } from 'vitest';
import { FieldPlan } from '../../src/records/field-plan.js';
import type { ApiRequest } from '../../src/salesforce/api-request.js';
import type { SalesforceClient } from '../../src/salesforce/client.js';
import { RequestError } from '../../src/salesforce/errors.js';
import { PresentValues } from '../../src/writers/present-values.js';
import { describedField, mapping } from './comparison-fields.js';

const describe = {
  ...{ name: 'Account', label: '', custom: false, createable: true, updateable: true, deletable: true },
  ...{ keyPrefix: '001', recordTypes: [] },
  fields: Array.from({ length: 35 }, (_, i) => describedField(`A_Field_Of_Some_Length_${i}__c`, 'string')).concat(
    describedField('Key__c', 'string', { externalId: true }),
  ),
};
const plan = new FieldPlan(mapping('upsert', 'Key__c'), describe, 'drop');
const columns = describe.fields.slice(0, 35).flatMap(({ name }) => {
  const target = plan.target(name);
  return target.kind === 'column' ? [target.column] : [];
});
const keys = Array.from({ length: 5_000 }, (_, i) => `0c1d2e3f-0000-4000-8000-${String(i).padStart(12, '0')}`);

/** Refuses queries with more keys than it likes, and answers the others in the other case, too. */
async function read(longest: number): Promise<{ calls: number[]; found: number }> {
  const calls: number[] = [];
  const request = (asked: ApiRequest<unknown>): Promise<unknown> => {
    const list = [...(asked.query?.['q'] ?? '').matchAll(/'([^']+)'/g)].map(([, key = '']) => key);
    calls.push(list.length);
    if (list.length > longest) {
      return Promise.reject(
        new RequestError('too long', { outcome: 'refused', code: 'HTTP_414', status: 414, attempts: 1 }),
      );
    }
    const rows = list.flatMap((key) => [
      { Id: `001${key}`, Key__c: key },
      { Id: `002${key}`, Key__c: key.toUpperCase() },
    ]);
    return Promise.resolve({ value: { rows, next: undefined } });
  };
  const present = new PresentValues(plan, { client: { request } as unknown as SalesforceClient, callsAtOnce: 3 });
  let found = 0;
  await present.read(
    keys,
    (key) => key,
    columns,
    (key, rows) => {
      expect(rows.map(({ id }) => id)).toEqual([`001${key}`]);
      found++;
    },
  );
  return { calls, found };
}

test('200 keys and more of 35 fields are read with a call, and other spellings are other keys', async () => {
  const { calls, found } = await read(Infinity);
  expect(found).toBe(5_000);
  expect(Math.min(...calls.slice(0, -1))).toBeGreaterThanOrEqual(200);
  expect(calls.reduce((sum, count) => sum + count)).toBe(5_000);
});

test('what is too long for a gateway is halved, and stays so', async () => {
  const { calls, found } = await read(120);
  expect(found).toBe(5_000);
  expect(calls.filter((count) => count > 120).length).toBeLessThan(30);
});
