import { describe, expect, it } from 'vitest';
import { Emulator } from '../../src/emulator/index.js';
import type { DescribeField } from '../../src/emulator/schema/describe.js';
import { buildSchema } from '../../src/emulator/schema/schema.js';
import { UsageError } from '../../src/core/errors.js';
import { Client } from '../helpers/emulator-client.js';

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

describe('a describe document', () => {
  const OBJECT_KEYS = [
    ...['actionOverrides', 'activateable', 'associateEntityType', 'associateParentEntity', 'childRelationships'],
    ...['compactLayoutable', 'createable', 'custom', 'customSetting', 'deepCloneable', 'defaultImplementation'],
    ...['deletable', 'deprecatedAndHidden', 'extendedBy', 'extendsInterfaces', 'feedEnabled', 'fields', 'hasSubtypes'],
    ...['implementedBy', 'implementsInterfaces', 'isInterface', 'isSubtype', 'keyPrefix', 'label', 'labelPlural'],
    ...['layoutable', 'listviewable', 'lookupLayoutable', 'mergeable', 'mruEnabled', 'name', 'namedLayoutInfos'],
    ...['networkScopeFieldName', 'queryable', 'recordTypeInfos', 'replicateable', 'retrieveable', 'searchLayoutable'],
    ...['searchable', 'sobjectDescribeOption', 'supportedScopes', 'triggerable', 'undeletable', 'updateable', 'urls'],
  ];
  const FIELD_KEYS = [
    ...['aggregatable', 'aiPredictionField', 'autoNumber', 'byteLength', 'calculated', 'calculatedFormula'],
    ...['cascadeDelete', 'caseSensitive', 'compoundFieldName', 'controllerName', 'createable', 'custom'],
    ...['defaultValue', 'defaultValueFormula', 'defaultedOnCreate', 'dependentPicklist', 'deprecatedAndHidden'],
    ...['digits', 'displayLocationInDecimal', 'encrypted', 'externalId', 'extraTypeInfo', 'filterable'],
    ...['filteredLookupInfo', 'formulaTreatNullNumberAsZero', 'groupable', 'highScaleNumber', 'htmlFormatted'],
    ...['idLookup', 'inlineHelpText', 'label', 'length', 'mask', 'maskType', 'name', 'nameField', 'namePointing'],
    ...['nillable', 'permissionable', 'picklistValues', 'polymorphicForeignKey', 'precision', 'queryByDistance'],
    ...['referenceTargetField', 'referenceTo', 'relationshipName', 'relationshipOrder', 'restrictedDelete'],
    ...['restrictedPicklist', 'scale', 'searchPrefilterable', 'soapType', 'sortable', 'type', 'unique', 'updateable'],
    'writeRequiresMasterRead',
  ];

  it.each(['Account', 'Contact', 'Lead', 'Opportunity', 'Case', 'Invoice__c', 'Wide__c'])(
    'of %s has the keys of an org',
    async (name) => {
      const client = await Client.start();
      const { json } = await client.get(`sobjects/${name}/describe`);
      await client.emulator.stop();
      const document = json as { fields: object[]; recordTypeInfos: object[] };
      expect(Object.keys(document).sort()).toEqual(OBJECT_KEYS.sort());
      for (const field of document.fields) expect(Object.keys(field).sort()).toEqual(FIELD_KEYS.sort());
      const urls = { layout: `/services/data/v62.0/sobjects/${name}/describe/layouts/012000000000000AAA` };
      expect(document.recordTypeInfos).toContainEqual(expect.objectContaining({ name: 'Master', urls }));
    },
  );

  it.each([
    ['Account.Id', { label: 'Account ID', idLookup: true, byteLength: 18 }],
    ['Account.Name', { label: 'Account Name', idLookup: false, nillable: false, length: 255 }],
    ['Account.BillingState', { label: 'Billing State/Province', length: 80 }],
    ['Account.Sic', { label: 'SIC Code', length: 20 }],
    ['Account.LastActivityDate', { type: 'date', createable: false, updateable: false }],
    ['Contact.Email', { idLookup: true, externalId: false }],
    ['Contact.Name', { label: 'Full Name', createable: false, idLookup: false }],
    ['Lead.Email', { idLookup: true }],
    ['Opportunity.Name', { idLookup: true, length: 120 }],
    ['Opportunity.ContactId', { relationshipName: null, createable: true, updateable: false }],
    ['Case.CaseNumber', { idLookup: true, autoNumber: true }],
    ['Case.Status', { nillable: true, defaultedOnCreate: true }],
    ['Case.RecordTypeId', { label: 'Record Type ID', referenceTo: ['RecordType'] }],
    ['Task.WhatId', { label: 'Related To ID', namePointing: true, polymorphicForeignKey: true }],
    ['User.Email', { idLookup: true }],
    ['Wide__c.Name', { idLookup: true }],
  ] satisfies [string, Partial<DescribeField>][])('says of %s what an org says: %o', (path, expected) => {
    const [sobject = '', name = ''] = path.split('.');
    expect(buildSchema([], {}).type(sobject)?.field(name)).toMatchObject(expected);
  });

  it('names several opportunities', () => {
    expect(buildSchema([], {}).type('Opportunity')?.document.labelPlural).toBe('Opportunities');
  });

  it('of a custom sObject allows an upsert by its name', async () => {
    const client = await Client.start();
    const upsert = () => client.collection('PATCH', 'Wide__c', ['{"Name":"W-1","Text_1__c":"x"}'], '/Wide__c/Name');
    expect([(await upsert()).elements, (await upsert()).elements]).toMatchObject([
      [{ success: true, created: true }],
      [{ success: true, created: false }],
    ]);
    await client.emulator.stop();
  });
});

describe('a record type', () => {
  it('is kept by a record, and given to one that names none', async () => {
    const client = await Client.start();
    await client.collection('POST', 'Case', ['{"RecordTypeId":"0125e0000008RetAAE"}', '{}']);
    const { json } = await client.get('query?q=SELECT+RecordTypeId+FROM+Case+ORDER+BY+CaseNumber');
    await client.emulator.stop();
    expect(json).toMatchObject({
      records: [{ RecordTypeId: '0125e0000008RetAAE' }, { RecordTypeId: '0125e0000008SupAAE' }],
    });
  });
});

describe('Emulator.start', () => {
  it('refuses faults it cannot read', async () => {
    await expect(Emulator.start({ faults: ['nope'] })).rejects.toThrow(UsageError);
  });
});
