import type { DescribeField } from './describe.js';
import {
  formula,
  longText,
  lookup,
  multipicklist,
  numeric,
  owner,
  picklist,
  plain,
  readOnly,
  required,
  systemFields,
  text,
  uniqueExternalId,
} from './fields.js';
import type { SObjectSource } from './standard.js';

const autoName: DescribeField = text('Name', 80, {
  ...readOnly,
  nillable: false,
  defaultedOnCreate: true,
  autoNumber: true,
  idLookup: true,
  nameField: true,
  label: 'Invoice Name',
});

/** The custom sObjects of the built-in schema: one with a field of every kind, an event, and a wide one for load. */
export const customSObjects: Readonly<Record<string, SObjectSource>> = {
  Invoice__c: {
    keyPrefix: 'a00',
    fields: [
      ...systemFields(),
      autoName,
      lookup('Account__c', ['Account'], {
        ...required,
        updateable: false,
        cascadeDelete: true,
        relationshipOrder: 0,
      }),
      lookup('Parent_Invoice__c', ['Invoice__c']),
      uniqueExternalId('External_Id__c'),
      text('Case_Key__c', 40, { externalId: true, unique: true, caseSensitive: true }),
      numeric('Number_Key__c', 'double', [18, 0], { externalId: true, unique: true }),
      numeric('Amount__c', 'currency', [16, 2]),
      numeric('Discount__c', 'percent', [5, 2]),
      numeric('Quantity__c', 'double', [12, 4]),
      plain('Due_Date__c', 'date'),
      plain('Sent_At__c', 'datetime'),
      plain('Cutoff__c', 'time'),
      multipicklist('Tags__c', ['rush', 'export', 'credit', 'draft'], { restrictedPicklist: true }),
      picklist('Status__c', ['Draft', 'Sent', 'Paid', 'Void'], { restrictedPicklist: true }),
      picklist('Channel__c', ['Post', 'Email', 'Portal']),
      longText('Notes__c', 131_072),
      plain('Paid__c', 'boolean'),
      plain('Contact_Email__c', 'email'),
      plain('Link__c', 'url'),
      plain('Phone__c', 'phone'),
      text('Code__c', 10, { unique: true }),
      plain('Secret__c', 'encryptedstring', { length: 50 }),
      numeric('Place__Latitude__s', 'double', [18, 15], { compoundFieldName: 'Place__c', custom: true }),
      numeric('Place__Longitude__s', 'double', [18, 15], { compoundFieldName: 'Place__c', custom: true }),
      plain('Place__c', 'location', { ...readOnly, filterable: false, sortable: false }),
      numeric('Total_With_Tax__c', 'currency', [18, 2], formula),
    ],
  },
  Order_Event__e: {
    keyPrefix: 'e01',
    fields: [
      text('ReplayId', 1000, { ...readOnly }),
      plain('CreatedDate', 'datetime', { ...readOnly, nillable: false }),
      lookup('CreatedById', ['User'], { ...readOnly, nillable: false }),
      text('EventUuid', 36, { ...readOnly }),
      text('Order_Number__c', 40, required),
      numeric('Amount__c', 'double', [16, 2]),
      plain('Shipped__c', 'boolean'),
      plain('Happened_At__c', 'datetime'),
      longText('Payload__c', 131_072),
    ],
  },
  Wide__c: {
    keyPrefix: 'a01',
    fields: [
      ...systemFields(),
      text('Name', 80, { nameField: true, idLookup: true, label: 'Wide Name' }),
      owner(['Group', 'User']),
      uniqueExternalId('External_Id__c'),
      lookup('Account__c', ['Account']),
      ...numbered(20, (n) => text(`Text_${n}__c`, 255)),
      ...numbered(8, (n) => numeric(`Number_${n}__c`, 'double', [18, 4])),
      ...numbered(4, (n) => plain(`Date_${n}__c`, 'date')),
      ...numbered(3, (n) => plain(`Moment_${n}__c`, 'datetime')),
      ...numbered(3, (n) => plain(`Flag_${n}__c`, 'boolean')),
      picklist('Kind__c', ['A', 'B', 'C']),
    ],
  },
};

function numbered(count: number, make: (ordinal: string) => DescribeField): DescribeField[] {
  return Array.from({ length: count }, (_, index) => make(String(index + 1)));
}
