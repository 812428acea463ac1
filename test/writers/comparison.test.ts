import { LosslessNumber } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import type { Column, Scalar, TopicMapping } from '../../src/core/record.js';
import type { SObjectDescribe } from '../../src/core/describe.js';
import { FieldPlan } from '../../src/records/field-plan.js';
import { compareValue, type Verdict } from '../../src/writers/comparison.js';
import { REFERENCE_HIDDEN, type PresentValue } from '../../src/writers/present-values.js';
import { describedField, mapping } from './comparison-fields.js';

const upsert: TopicMapping = mapping('upsert', 'External_Id__c');

function verdict(
  type: string,
  asked: Scalar,
  held: PresentValue,
  more: Parameters<typeof describedField>[2] = {},
): Verdict {
  const field = describedField('Field__c', type, more);
  const plan = new FieldPlan(upsert, sobject('Account', [field]), 'drop');
  const column: Column = { header: 'Field__c', field: 'Field__c', type, scale: more.scale, reference: undefined };
  return compareValue(asked, held, column, plan);
}

const sobject = (name: string, fields: SObjectDescribe['fields']): SObjectDescribe => ({
  ...{ name, label: name, custom: false, createable: true, updateable: true, deletable: true },
  ...{ keyPrefix: '001', fields, recordTypes: [] },
});
const digits = (text: string): LosslessNumber => new LosslessNumber(text);

describe('values are compared by the type of the field', () => {
  test.each<[string, Scalar, PresentValue, Verdict, { scale?: number }?]>([
    ['string', 'Corvo', 'Corvo', 'equal'],
    ['string', ' Corvo\t', 'Corvo', 'equal'],
    ['string', 'Corvo\u00A0', 'Corvo', 'different'],
    ['string', 'Corvo', 'corvo', 'different'],
    ['string', null, null, 'equal'],
    ['string', '', null, 'equal'],
    ['string', null, 'Corvo', 'different'],
    ['string', '#N/A', null, 'different'],
    ['string', '007', '7', 'different'],
    ['textarea', 'a\r\nb', 'a\nb', 'equal'],
    ['textarea', 'a\nb', 'a\r\nb', 'equal'],
    ['textarea', 'a\n\nb', 'a\nb', 'different'],
    ['double', 912260031, 9.12260031e8, 'equal', { scale: 0 }],
    ['double', digits('5.00'), 5.0, 'equal', { scale: 2 }],
    ['double', digits('1e3'), 1000, 'equal', { scale: 2 }],
    ['currency', digits('1.005'), 1.01, 'equal', { scale: 2 }],
    ['currency', digits('1.004'), 1.01, 'different', { scale: 2 }],
    ['currency', '12.5', 12.5, 'equal', { scale: 2 }],
    ['double', digits('0.1234567890123456789'), 0.12345678901234568, 'equal', { scale: 18 }],
    ['double', digits('123456789012345678'), 123456789012345680, 'equal', { scale: 0 }],
    ['double', 0, null, 'different', { scale: 2 }],
    ['double', digits('-0.0'), 0, 'equal', { scale: 2 }],
    ['percent', 25, 25.0, 'equal', { scale: 0 }],
    ['int', 'x', 7, 'different'],
    ['boolean', true, true, 'equal'],
    ['boolean', 'TRUE', true, 'equal'],
    ['boolean', '0', false, 'equal'],
    ['boolean', null, false, 'equal'],
    ['boolean', false, true, 'different'],
    ['date', '2026-01-02', '2026-01-02', 'equal'],
    ['date', '2026-01-02T00:00:00Z', '2026-01-02', 'equal'],
    ['date', '2026-01-03', '2026-01-02', 'different'],
    ['datetime', '2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000+0000', 'equal'],
    ['datetime', '2026-01-02T05:04:05+02:00', '2026-01-02T03:04:05.000+0000', 'equal'],
    ['datetime', '2026-01-02', '2026-01-02T00:00:00.000+0000', 'equal'],
    ['datetime', '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678+0000', 'equal'],
    ['datetime', '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.000+0000', 'equal'],
    ['datetime', '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.123+0000', 'different'],
    ['datetime', '2026-01-02T03:04:06Z', '2026-01-02T03:04:05.000+0000', 'different'],
    ['time', '13:45:00', '13:45:00.000Z', 'equal'],
    ['picklist', 'Hot', 'Hot', 'equal'],
    ['multipicklist', 'b;a', 'a;b', 'equal'],
    ['multipicklist', 'a;b;a', 'a;b', 'equal'],
    ['multipicklist', 'a', 'a;b', 'different'],
    ['reference', '001xx0000000001', '001xx0000000001AAA', 'equal'],
    ['reference', '001xx0000000002', '001xx0000000001AAA', 'different'],
    ['encryptedstring', 'secret', '****cret', 'unknown'],
    ['base64', 'AAAA', '/services/data/x', 'unknown'],
  ])('%s: %o asked for, %o held: %s', (type, asked, held, expected, more = {}) => {
    expect(verdict(type, asked, held, more)).toBe(expected);
  });

  test('what no update can change, and rich text, differ for nobody', () => {
    expect(verdict('string', 'a', 'b', { updateable: false })).toBe('unknown');
    expect(verdict('string', 'a', 'a', { updateable: false })).toBe('equal');
    expect(verdict('textarea', '<b>a', '<b>a</b>', { htmlFormatted: true })).toBe('unknown');
  });

  test.each<[Scalar, PresentValue, Verdict]>([
    ['5', 5, 'equal'],
    [digits('5.0'), 5, 'equal'],
    [true, true, 'equal'],
    [null, false, 'equal'],
    ['007', '7', 'different'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000+0000', 'equal'],
    ['001xx0000000001', '001xx0000000001AAA', 'equal'],
  ])('without describe, by what comes back: %o and %o: %s', (asked, held, expected) => {
    const column: Column = { header: 'F', field: 'F', type: 'unknown', scale: undefined, reference: undefined };
    expect(compareValue(asked, held, column, new FieldPlan(upsert, undefined, 'send'))).toBe(expected);
  });
});

describe('references are compared by the key of the parent', () => {
  const lookup = describedField('AccountId', 'reference', { referenceTo: ['Account'], relationshipName: 'Account' });
  const column: Column = {
    ...{ header: 'Account.Key__c', field: 'AccountId', type: 'reference', scale: undefined },
    reference: { relationship: 'Account', field: 'Key__c', type: undefined },
  };
  const compare = (asked: Scalar, held: PresentValue, key?: ReturnType<typeof describedField>): Verdict => {
    const parents = key === undefined ? [] : [['account', sobject('Account', [key])] as const];
    const plan = new FieldPlan(upsert, sobject('Contact', [lookup]), 'drop', new Map(parents));
    return compareValue(asked, held, column, plan);
  };
  const folding = describedField('Key__c', 'string', { externalId: true, unique: true });
  const exact = describedField('Key__c', 'string', { externalId: true, unique: true, caseSensitive: true });
  const number = describedField('Key__c', 'double', { externalId: true });

  test.each<[Scalar, PresentValue, Verdict, ReturnType<typeof describedField>?]>([
    ['A-1', 'A-1', 'equal'],
    [' A-1 ', 'A-1', 'equal'],
    ['a-1', 'A-1', 'equal', folding],
    ['a-1', 'A-1', 'different', exact],
    ['a-1', 'A-1', 'unknown'],
    ['7', 7, 'equal', number],
    [digits('7.0'), 7, 'equal'],
    ['A-1', null, 'different'],
    [null, null, 'equal'],
    ['A-1', REFERENCE_HIDDEN, 'unknown'],
  ])('%o and %o: %s', (asked, held, expected, key) => {
    expect(compare(asked, held, key)).toBe(expected);
  });
});
