import { UsageError } from '../../core/errors.js';
import { REQUEST_KINDS, type RequestKind } from '../requests.js';
import { JOB_FAULTS, RECORD_FAULTS, RESPONSE_FAULTS, VALUE_FAULTS, type Fault, type FaultKind } from './fault.js';

/**
 * Reads a fault from one line of text:
 *
 *     KIND[:NAME=VALUE]...        503:count=2:path=/composite/sobjects:after=1:retry-after=3
 *
 * Names: `count after nth rate path method on body processed retry-after sobject operation key code fields message ms
 * done`. `fields` are separated by commas.
 * A value ends at a colon that is followed by a name and `=`, so values may hold colons.
 * @throws UsageError that says which part was not understood, and what could stand there
 */
export function parseFault(text: string): Fault {
  const [kindText = '', ...settings] = text.split(/:(?=[a-z-]+=)/);
  const kind = KINDS.find((one) => one === kindText.trim());
  if (!kind) throw usage(text, `"${kindText}" is no fault`, `One of: ${KINDS.join(', ')}.`);
  const fault: Record<string, unknown> = { kind };
  for (const setting of settings) {
    const split = setting.indexOf('=');
    const name = setting.slice(0, split);
    const read = READERS[name];
    if (!read) throw usage(text, `"${name}" is no setting of a fault`, `One of: ${Object.keys(READERS).join(', ')}.`);
    const value = read(setting.slice(split + 1));
    if (value === undefined) throw usage(text, `"${setting}" has no valid value`);
    fault[name === 'retry-after' ? 'retryAfter' : name] = value;
  }
  const stray = settings.map((one) => one.slice(0, one.indexOf('='))).find((name) => !settingsOf(kind).includes(name));
  if (stray !== undefined) {
    throw usage(text, `"${stray}" does not apply to ${kind}`, `It takes: ${settingsOf(kind).join(', ')}.`);
  }
  return fault as unknown as Fault;
}

const OCCASION = ['count', 'after', 'nth', 'rate'];
const REQUEST = [...OCCASION, 'path', 'method', 'on', 'body'];
const STATUS = [...REQUEST, 'processed', 'retry-after', 'code', 'message'];

/** What can be set for a fault of this kind. */
function settingsOf(kind: FaultKind): readonly string[] {
  if (JOB_FAULTS.some((one) => one === kind)) return [...OCCASION, 'sobject', 'operation', 'done', 'message'];
  if (kind === 'lock') return [...OCCASION, 'sobject', 'operation', 'key'];
  if (kind === 'record-error') return [...OCCASION, 'sobject', 'operation', 'key', 'code', 'fields', 'message'];
  if (kind === 'slow' || kind === 'refused') return [...REQUEST, 'ms'];
  return /^\d{3}|^limit-|^results-404/.test(kind) ? STATUS : REQUEST;
}

const KINDS: readonly FaultKind[] = [...RESPONSE_FAULTS, ...VALUE_FAULTS, ...JOB_FAULTS, ...RECORD_FAULTS];

const asText = (value: string): string | undefined => (value === '' ? undefined : value);
const asNames = (value: string): string[] | undefined => (value === '' ? undefined : value.split(','));
const asCount = (value: string): number | undefined => (/^\d+$/.test(value) ? Number(value) : undefined);
const asOrdinal = (value: string): number | undefined => (/^[1-9]\d*$/.test(value) ? Number(value) : undefined);
const asShare = (value: string): number | undefined =>
  /^(?:0|1|0?\.\d+|1\.0+)$/.test(value) ? Number(value) : undefined;
const asFlag = (value: string): boolean | undefined =>
  value === 'true' || value === 'false' ? value === 'true' : undefined;

const READERS: Readonly<Record<string, ((value: string) => unknown) | undefined>> = {
  count: asCount,
  after: asCount,
  nth: asOrdinal,
  rate: asShare,
  path: asText,
  method: (value) => asText(value.toUpperCase()),
  on: (value) => REQUEST_KINDS.find((kind: RequestKind) => kind === value),
  body: asText,
  processed: asFlag,
  'retry-after': asText,
  sobject: asText,
  operation: asText,
  key: asText,
  code: asText,
  fields: asNames,
  message: asText,
  ms: asCount,
  done: asShare,
};

function usage(text: string, problem: string, hint?: string): UsageError {
  return new UsageError(`The fault "${text}" cannot be read: ${problem}.`, { hint });
}
