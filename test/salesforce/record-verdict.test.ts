import { describe, expect, it } from 'vitest';
import { recordVerdict } from '../../src/salesforce/retry.js';

const lockedTrigger =
  'AccountTrigger: execution of BeforeInsert caused by: DmlException: UNABLE_TO_LOCK_ROW, unable to obtain …';
const race = 'duplicate value found: Ext__c duplicates value on record with id: 001000000000001';
const vagueRace = 'duplicate value found: <unknown> duplicates value on record with id: <unknown>';

describe('recordVerdict', () => {
  it.each([
    ['UNABLE_TO_LOCK_ROW', '', undefined, 'retry'],
    ['PROCESSING_HALTED', '', undefined, 'retry'],
    ['SERVER_UNAVAILABLE', '', undefined, 'retry'],
    ['TOO_MANY_APEX_REQUESTS', '', undefined, 'retry'],
    ['TERRITORY_REALIGN_IN_PROGRESS', '', undefined, 'retry'],
    ['RECORD_IN_USE_BY_WORKFLOW', '', undefined, 'retry'],
    ['PLATFORM_EVENT_PUBLISHING_UNAVAILABLE', '', undefined, 'retry'],
    ['PLATFORM_EVENT_PUBLISH_FAILED', '', undefined, 'retry'],
    ['INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE', '', undefined, 'retry'],
    ['TooManyLockFailure', '', undefined, 'retry'],
    ['Timeout', '', undefined, 'retry'],
    ['Unknown', '', undefined, 'retry_once'],
    ['UNKNOWN_EXCEPTION', '', undefined, 'retry_once'],
    ['InternalServerError', '', undefined, 'retry_once'],
    ['JOB_FAILED', '', undefined, 'retry_once'],
    ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', lockedTrigger, undefined, 'retry'],
    ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'NullPointerException', undefined, 'final'],
    ['CANNOT_EXECUTE_FLOW_TRIGGER', lockedTrigger, undefined, 'retry'],
    ['DUPLICATE_VALUE', race, 'Ext__c', 'retry_once'],
    ['DUPLICATE_VALUE', race, 'ext__C', 'retry_once'],
    ['DUPLICATE_VALUE', race, 'Other__c', 'final'],
    ['DUPLICATE_VALUE', race, undefined, 'final'],
    ['DUPLICATE_VALUE', vagueRace, 'Ext__c', 'retry_once'],
    ['DUPLICATE_VALUE', vagueRace, undefined, 'final'],
    ['DUPLICATE_VALUE', 'Duplicate external id specified: X', 'Ext__c', 'final'],
    ['STORAGE_LIMIT_EXCEEDED', '', undefined, 'stop'],
    ['LICENSE_LIMIT_EXCEEDED', '', undefined, 'stop'],
    ['ALL_OR_NONE_OPERATION_ROLLED_BACK', '', undefined, 'final'],
    ['REQUIRED_FIELD_MISSING', '', undefined, 'final'],
    ['ENTITY_IS_DELETED', '', undefined, 'final'],
    ['A_CODE_OF_NEXT_YEAR', '', undefined, 'final'],
  ])('%s (%s, key %s): %s', (code, message, keyField, verdict) => {
    expect(recordVerdict(code, message, keyField)).toBe(verdict);
  });
});
