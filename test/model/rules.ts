/**
 * What the model knows of the org: the fields that dumps are generated for, written down from the API page and the
 * emulator's published schema, not taken from its code. A field that is not here is one that cannot be written.
 */
export interface FieldRule {
  readonly kind:
    'text' | 'number' | 'integer' | 'boolean' | 'date' | 'datetime' | 'picklist' | 'list' | 'email' | 'reference';
  readonly required?: true;
  readonly maxLength?: number;
  /** Digits before the point. */
  readonly wholeDigits?: number;
  /** Restricted picklists and multi-select picklists. */
  readonly values?: readonly string[];
  /** How an upsert, and the check of uniqueness, compare values. */
  readonly match?: 'any case' | 'exact' | 'number';
  readonly unique?: true;
  /** sObject that a reference points to, and the relationship's name. */
  readonly to?: { readonly sobject: string; readonly relationship: string };
  /** The record that is meant may be of any of these sObjects, and a reference by external id names which. */
  readonly among?: readonly string[];
  /** Written on creation, refused afterwards. */
  readonly createOnly?: true;
}

export interface SObjectRules {
  /** The text field that tells versions apart. */
  readonly marker: string;
  readonly idPrefix: string;
  readonly fields: Readonly<Record<string, FieldRule>>;
}

const key: FieldRule = { kind: 'text', maxLength: 255, match: 'any case', unique: true };

export const RULES: Readonly<Record<string, SObjectRules>> = {
  Account: {
    marker: 'Site',
    idPrefix: '001',
    fields: {
      Name: { kind: 'text', required: true, maxLength: 255 },
      Site: { kind: 'text', maxLength: 80 },
      AccountNumber: { kind: 'text', maxLength: 40 },
      Description: { kind: 'text', maxLength: 32_000 },
      NumberOfEmployees: { kind: 'integer', wholeDigits: 8 },
      Balance__c: { kind: 'number', wholeDigits: 14 },
      Exact_Number__c: { kind: 'number', wholeDigits: 20 },
      Active__c: { kind: 'boolean' },
      Since__c: { kind: 'date' },
      Last_Order__c: { kind: 'datetime' },
      Industry: { kind: 'picklist' },
      Tier__c: { kind: 'picklist', values: ['Gold', 'Silver', 'Bronze'] },
      Regions__c: { kind: 'list', values: ['EMEA', 'APAC', 'AMER', 'LATAM'] },
      ParentId: { kind: 'reference', to: { sobject: 'Account', relationship: 'Parent' } },
      External_Id__c: key,
      Legacy_Code__c: { kind: 'text', maxLength: 30, match: 'exact', unique: true },
      Segment_Code__c: { kind: 'text', maxLength: 30, match: 'exact' },
      Customer_Number__c: { kind: 'number', wholeDigits: 18, match: 'number', unique: true },
    },
  },
  Contact: {
    marker: 'Department',
    idPrefix: '003',
    fields: {
      LastName: { kind: 'text', required: true, maxLength: 80 },
      FirstName: { kind: 'text', maxLength: 40 },
      Department: { kind: 'text', maxLength: 80 },
      Description: { kind: 'text', maxLength: 32_000 },
      Email: { kind: 'email' },
      Birthdate: { kind: 'date' },
      Score__c: { kind: 'number', wholeDigits: 3 },
      DoNotCall: { kind: 'boolean' },
      AccountId: { kind: 'reference', to: { sobject: 'Account', relationship: 'Account' } },
      External_Id__c: key,
    },
  },
  Lead: {
    marker: 'Title',
    idPrefix: '00Q',
    fields: {
      LastName: { kind: 'text', required: true, maxLength: 80 },
      Company: { kind: 'text', required: true, maxLength: 255 },
      Title: { kind: 'text', maxLength: 128 },
      Description: { kind: 'text', maxLength: 32_000 },
      Email: { kind: 'email' },
      AnnualRevenue: { kind: 'number', wholeDigits: 18 },
      NumberOfEmployees: { kind: 'integer', wholeDigits: 8 },
      LeadSource: { kind: 'picklist' },
      External_Id__c: key,
    },
  },
  Task: {
    marker: 'Description',
    idPrefix: '00T',
    fields: {
      Subject: { kind: 'text', maxLength: 255 },
      Description: { kind: 'text', maxLength: 32_000 },
      ActivityDate: { kind: 'date' },
      WhoId: { kind: 'reference', to: { sobject: 'Contact', relationship: 'Who' }, among: ['Contact', 'Lead'] },
      WhatId: { kind: 'reference', to: { sobject: 'Account', relationship: 'What' }, among: ['Account', 'Invoice__c'] },
      External_Id__c: key,
    },
  },
  Invoice__c: {
    marker: 'Notes__c',
    idPrefix: 'a00',
    fields: {
      Account__c: {
        kind: 'reference',
        required: true,
        createOnly: true,
        to: { sobject: 'Account', relationship: 'Account__r' },
      },
      Notes__c: { kind: 'text', maxLength: 131_072 },
      Amount__c: { kind: 'number', wholeDigits: 14 },
      Quantity__c: { kind: 'number', wholeDigits: 8 },
      Due_Date__c: { kind: 'date' },
      Sent_At__c: { kind: 'datetime' },
      Paid__c: { kind: 'boolean' },
      Status__c: { kind: 'picklist', values: ['Draft', 'Sent', 'Paid', 'Void'] },
      Tags__c: { kind: 'list', values: ['rush', 'export', 'credit', 'draft'] },
      External_Id__c: key,
    },
  },
};

/** The rules' own spelling. */
export function sobjectNamed(name: string): string {
  return Object.keys(RULES).find((one) => one.toLowerCase() === name.toLowerCase())!;
}

/** Field names match without regard to case. */
export function findRule(sobject: string, name: string): [name: string, rule: FieldRule] | undefined {
  return Object.entries(RULES[sobject]!.fields).find(([field]) => field.toLowerCase() === name.toLowerCase());
}

export function findRelationship(sobject: string, name: string): [name: string, rule: FieldRule] | undefined {
  const fields = Object.entries(RULES[sobject]!.fields);
  return fields.find(([, rule]) => rule.to?.relationship.toLowerCase() === name.toLowerCase());
}
