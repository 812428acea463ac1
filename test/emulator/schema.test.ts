import { describe, expect, it } from 'vitest';
import { Emulator } from '../../src/emulator/index.js';
import { buildSchema } from '../../src/emulator/schema/schema.js';
import { UsageError } from '../../src/errors.js';

const gadget = {
  name: 'Gadget__c',
  keyPrefix: 'a00',
  createable: true,
  updateable: true,
  deletable: true,
  queryable: true,
  fields: [
    { name: 'Id', type: 'id', createable: false, updateable: false, nillable: false, defaultedOnCreate: true },
    { name: 'Name', type: 'string', length: 80, nillable: false },
    { name: 'Key__c', type: 'string', length: 20, externalId: true, unique: true },
  ],
};

describe('buildSchema', () => {
  it.each([
    ['bare', gadget],
    ['as the Salesforce CLI prints it', { status: 0, result: gadget, warnings: [] }],
  ])('adds a describe document: %s', (_, document) => {
    const type = buildSchema([document], {}).type('gadget__C')!;
    expect(type.name).toBe('Gadget__c');
    expect(type.keyField('key__c')?.name).toBe('Key__c');
    expect(type.keyField('Name')).toBeUndefined();
    expect(type.requiredOnCreate.map((field) => field.name)).toEqual(['Name']);
  });

  it('gives a document whose key prefix is taken another one', () => {
    const schema = buildSchema([gadget], {});
    const prefixes = schema.types.map((type) => type.keyPrefix);
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });

  it('replaces a built-in sObject', () => {
    const type = buildSchema([{ ...gadget, name: 'Account', keyPrefix: '001' }], {}).type('Account')!;
    expect(type.field('Phone')).toBeUndefined();
    expect(type.keyPrefix).toBe('001');
  });

  it('changes and adds fields', () => {
    const schema = buildSchema([], { Account: { fields: { Phone: { createable: false }, New__c: { type: 'date' } } } });
    expect(schema.type('Account')!.field('Phone')).toMatchObject({ type: 'phone', createable: false });
    expect(schema.type('Account')!.field('New__c')).toMatchObject({ type: 'date', nillable: true, custom: true });
  });

  it.each([
    ['no describe document', () => buildSchema([{ a: 1 }], {})],
    ['a field without type', () => buildSchema([{ name: 'X', fields: [{ name: 'y' }] }], {})],
    ['an override of nothing', () => buildSchema([], { Nope: {} })],
    ['a new field without type', () => buildSchema([], { Account: { fields: { New__c: { nillable: false } } } })],
  ])('refuses %s', (_, build) => {
    expect(build).toThrow(UsageError);
  });

  it('is complete in itself: every lookup points at a type, every field says everything', () => {
    const schema = buildSchema([], {});
    for (const type of schema.types) {
      for (const field of type.document.fields) {
        if (field.type === 'reference')
          expect(field.referenceTo.length, `${type.name}.${field.name}`).toBeGreaterThan(0);
        expect(Object.values(field), `${type.name}.${field.name}`).not.toContain(undefined);
      }
    }
  });
});

describe('Emulator.start', () => {
  it('refuses faults it cannot read', async () => {
    await expect(Emulator.start({ faults: ['nope'] })).rejects.toThrow(UsageError);
  });
});
