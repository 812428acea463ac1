import type { RecordError } from '../core/record.js';
import type { RequestError } from '../salesforce/errors.js';

/** What a failed request says of its records: Salesforce's own sentence where it gave one, else what happened. */
export function saidBy({ code, message, errors }: RequestError): RecordError {
  const [first] = errors;
  return { code, message: first?.message ?? message, fields: first?.fields ?? [] };
}
