import { describe, expect, test } from 'vitest';
import { parseJobError, parseRowError, unknownColumn } from '../../../src/writers/bulk/results.js';
import { planOf, recordsOf } from '../room.js';

describe('sf__Error', () => {
  test.each([
    [
      'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --',
      'REQUIRED_FIELD_MISSING',
      'Required fields are missing: [Name]',
      ['Name'],
    ],
    [
      "INVALID_FIELD:Failed to deserialize field at col 3. Due to, '31/12/2025' is not a valid value for the type xsd:date:CloseDate --",
      'INVALID_FIELD',
      "Failed to deserialize field at col 3. Due to, '31/12/2025' is not a valid value for the type xsd:date",
      ['CloseDate'],
    ],
    ['DUPLICATES_DETECTED:Use one of these records?:--', 'DUPLICATES_DETECTED', 'Use one of these records?', []],
    [
      'UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 2 records: 0015eA,0015eB:--',
      'UNABLE_TO_LOCK_ROW',
      'unable to obtain exclusive access to this record or 2 records: 0015eA,0015eB',
      [],
    ],
    [
      'INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: A, B:A B --',
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'Unable to create/update fields: A, B',
      ['A', 'B'],
    ],
    [
      'FIELD_CUSTOM_VALIDATION_EXCEPTION:Say "why":\nplease:Name --',
      'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      'Say "why":\nplease',
      ['Name'],
    ],
    [
      'FIELD_CUSTOM_VALIDATION_EXCEPTION:Fill it in -- really -- now:Name --',
      'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      'Fill it in -- really -- now',
      ['Name'],
    ],
    ['INVALID_FIELD:one:A --INVALID_EMAIL_ADDRESS:two:B --', 'INVALID_FIELD', 'one', ['A']],
    ['INVALID_FIELD:one:A --\nINVALID_EMAIL_ADDRESS:two:B --\n', 'INVALID_FIELD', 'one', ['A']],
    ['CODE_ALONE', 'CODE_ALONE', '', []],
    ['Something went wrong: nobody knows', 'UNKNOWN', 'Something went wrong: nobody knows', []],
    ['', 'UNKNOWN', '', []],
  ])('%s', (cell, code, message, fields) => {
    expect(parseRowError(cell)).toEqual({ code, message, fields });
  });
});

describe('errorMessage', () => {
  const plan = planOf({ policy: 'send', operation: 'insert' });
  const parent = { attributes: { type: 'Account' }, K: 'A' };
  const data = { Name: 1, Foo__c: 1, Account: { Foo__c: 1 }, Parent: parent, ' My Field': 1 };
  const columns = recordsOf(plan, [data])[0]!.fields.columns;

  test.each([
    ['InvalidBatch : Field name not found : Foo__c', 'InvalidBatch', 'Field name not found : Foo__c', 'Foo__c'],
    [
      'InvalidBatch : InvalidBatch : Field name not found : Account.Foo__c',
      'InvalidBatch',
      'Field name not found : Account.Foo__c',
      'Account.Foo__c',
    ],
    ['InvalidBatch : Field name not found : my field', 'InvalidBatch', 'Field name not found : my field', ' My Field'],
    ['InvalidBatch : Field name not found : Bar__c', 'InvalidBatch', 'Field name not found : Bar__c', undefined],
    [
      'InvalidBatch : type is not needed for non polymorphic foreign key references: Parent',
      'InvalidBatch',
      'type is not needed for non polymorphic foreign key references: Parent',
      'Account:Parent.K',
    ],
    [
      'ClientInputError : LineEnding is invalid on user data',
      'ClientInputError',
      'LineEnding is invalid on user data',
      undefined,
    ],
    ['TooManyLockFailure:too many', 'TooManyLockFailure', 'too many', undefined],
    ['it broke', 'JOB_FAILED', 'it broke', undefined],
    [undefined, 'JOB_FAILED', 'The job failed; Salesforce gave no reason', undefined],
  ])('%s', (errorMessage, code, message, column) => {
    const error = parseJobError(errorMessage);
    expect(error).toEqual({ code, message, fields: [] });
    expect(unknownColumn(error, columns)?.header).toBe(column);
  });
});
