import { bareCode } from './error-body.js';

/**
 * What to do with one record that the org refused in a complete reply. Such a record was not written, so sending it
 * again is safe for inserts too.
 * - `retry`: the cause passes by itself (locks, load).
 * - `retry_once`: likely to pass, but not worth insisting on.
 * - `stop`: every further record would meet the same (storage, licences).
 * - `final`: only other data, metadata or permissions help. Unknown codes are final.
 */
export type RecordVerdict = 'retry' | 'retry_once' | 'stop' | 'final';

/** `keyField` is the external id field of an upsert, to recognise two upserts that raced to create one record. */
export function recordVerdict(errorCode: string, message: string, keyField?: string): RecordVerdict {
  const code = bareCode(errorCode);
  if (passing.has(code)) return 'retry';
  // Apex and flows wrap the lock they ran into.
  if (wrapping.has(code)) return /UNABLE_TO_LOCK_ROW/.test(message) ? 'retry' : 'final';
  if (code === 'UNKNOWNEXCEPTION' || code === 'UNKNOWN') return 'retry_once';
  if (code === 'DUPLICATEVALUE') return isUpsertRace(message, keyField) ? 'retry_once' : 'final';
  return exhausted.has(code) ? 'stop' : 'final';
}

/** Codes without underscores: bulk and REST spell them differently. */
const passing = new Set([
  'UNABLETOLOCKROW',
  'PROCESSINGHALTED',
  'SERVERUNAVAILABLE',
  'TOOMANYAPEXREQUESTS',
  'TOOMANYLOCKFAILURE',
  'TIMEOUT',
  'REQUESTRUNNINGTOOLONG',
  'QUERYTIMEOUT',
  'TXNSECURITYMETERINGERROR',
  'PLATFORMEVENTPUBLISHINGUNAVAILABLE',
  'PLATFORMEVENTPUBLISHFAILED',
  'INSERTUPDATEDELETENOTALLOWEDDURINGMAINTENANCE',
  'TERRITORYREALIGNINPROGRESS',
  'RECORDINUSEBYWORKFLOW',
]);
const wrapping = new Set(['CANNOTINSERTUPDATEACTIVATEENTITY', 'CANNOTEXECUTEFLOWTRIGGER']);
const exhausted = new Set(['STORAGELIMITEXCEEDED', 'LICENSELIMITEXCEEDED', 'EXCEEDEDQUOTA']);

/**
 * "duplicate value found: Ext__c duplicates value on record with id: 001…": when the field is the key itself, somebody
 * else created the record between the org's look and its write, and the repetition is an update. So it is, as a rule, when
 * the org cannot say which field it was. Any other field is a real duplicate.
 */
function isUpsertRace(message: string, keyField: string | undefined): boolean {
  if (keyField === undefined) return false;
  const named = /duplicate value found:\s*(\S+)\s+duplicates value/i.exec(message)?.[1]?.toLowerCase();
  return named === '<unknown>' || named === keyField.toLowerCase();
}
