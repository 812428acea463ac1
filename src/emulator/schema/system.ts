import { picklist, plain, readOnly, systemFields, text } from './fields.js';
import type { SObjectSource } from './standard.js';

const readOnlyObject = { createable: false, updateable: false, deletable: false };
const told = { ...readOnly, nillable: false };

/** sObjects that say something about the org itself. They can be read only. */
export const systemSObjects: Readonly<Record<string, SObjectSource>> = {
  Organization: {
    ...readOnlyObject,
    keyPrefix: '00D',
    fields: [
      ...systemFields().filter((field) => field.name !== 'IsDeleted'),
      text('Name', 80, { ...told, nameField: true }),
      picklist('OrganizationType', ['Developer Edition', 'Enterprise Edition'], readOnly),
      text('InstanceName', 5, readOnly),
      plain('IsSandbox', 'boolean', readOnly),
      text('NamespacePrefix', 15, readOnly),
      plain('TrialExpirationDate', 'datetime', readOnly),
      picklist('LanguageLocaleKey', ['en_US'], readOnly),
      picklist('DefaultLocaleSidKey', ['en_US'], readOnly),
      picklist('TimeZoneSidKey', ['GMT'], readOnly),
      text('Country', 80, readOnly),
    ],
  },
  Group: {
    ...readOnlyObject,
    keyPrefix: '00G',
    fields: [
      ...systemFields().filter((field) => field.name !== 'IsDeleted'),
      text('Name', 40, { ...told, nameField: true }),
      text('DeveloperName', 80, readOnly),
      picklist('Type', ['Regular', 'Queue'], told),
      plain('Email', 'email', readOnly),
    ],
  },
  AssignmentRule: {
    ...readOnlyObject,
    keyPrefix: '01Q',
    fields: [
      ...systemFields().filter((field) => field.name !== 'IsDeleted'),
      text('Name', 120, { ...told, nameField: true }),
      picklist('SobjectType', ['Case', 'Lead'], told),
      plain('Active', 'boolean', told),
    ],
  },
};
