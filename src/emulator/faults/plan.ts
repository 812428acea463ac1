import type { ApiRequest, RequestKind } from '../requests.js';
import type { Random } from '../random.js';
import { JOB_FAULTS, RECORD_FAULTS, VALUE_FAULTS, type Fault } from './fault.js';
import { parseFault } from './parse.js';

interface ArmedFault {
  readonly fault: Fault;
  readonly random: Random;
  seen: number;
  struck: number;
}

/** What a record fault is matched against. */
export interface RecordOccasion {
  readonly sobject: string;
  readonly operation: string;
  /** Tells whether the record holds this text. */
  readonly holds: (key: string) => boolean;
  /** The fields that the record sends. */
  readonly fields: readonly string[];
}

/** The faults in force, and how often each has had its chance. */
export class FaultPlan {
  readonly #random: Random;
  #armed: ArmedFault[] = [];
  #added = 0;

  constructor(random: Random, faults: readonly (Fault | string)[]) {
    this.#random = random;
    for (const fault of faults) this.add(fault);
  }

  add(fault: Fault | string): void {
    const parsed = typeof fault === 'string' ? parseFault(fault) : fault;
    this.#armed.push({ fault: parsed, random: this.#random.fork(`fault ${this.#added++}`), seen: 0, struck: 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The fault that strikes this request, if any. */
  forRequest(request: ApiRequest, pathAndQuery: string, kind: RequestKind): Fault | undefined {
    return this.#strike(({ fault }) => {
      if ([JOB_FAULTS, RECORD_FAULTS, VALUE_FAULTS].some((kinds) => isOneOf(kinds, fault))) return false;
      if (fault.kind.startsWith('results-') && kind !== 'bulk-result') return false;
      return isAbout(fault, request, pathAndQuery, kind);
    });
  }

  /** The fault that refuses a collections call as a whole because of a value that cannot be read, if any. */
  forBadValue(request: ApiRequest): Fault | undefined {
    const pathAndQuery = `${request.path}?${request.query.toString()}`;
    return this.#strike(
      ({ fault }) => isOneOf(VALUE_FAULTS, fault) && isAbout(fault, request, pathAndQuery, 'collections'),
    );
  }

  forJob(sobject: string, operation: string): Fault | undefined {
    return this.#strike(({ fault }) => isOneOf(JOB_FAULTS, fault) && concerns(fault, sobject, operation));
  }

  forRecord({ sobject, operation, holds, fields }: RecordOccasion): Fault | undefined {
    if (this.#armed.length === 0) return undefined;
    return this.#strike(
      ({ fault }) =>
        isOneOf(RECORD_FAULTS, fault) &&
        concerns(fault, sobject, operation) &&
        (fault.key === undefined || holds(fault.key)) &&
        sendsRefused(fault, fields),
    );
  }

  #strike(matches: (armed: ArmedFault) => boolean): Fault | undefined {
    for (const armed of this.#armed) {
      if (matches(armed) && isDue(armed)) {
        armed.struck++;
        return armed.fault;
      }
    }
    return undefined;
  }
}

function isDue(armed: ArmedFault): boolean {
  const { after = 0, nth, rate } = armed.fault;
  const count = armed.fault.count ?? (rate === undefined ? 1 : 0);
  armed.seen++;
  if (count > 0 && armed.struck >= count) return false;
  if (armed.seen <= after) return false;
  if (nth !== undefined && armed.seen !== nth) return false;
  return rate === undefined || armed.random.chance(rate);
}

function isAbout(fault: Fault, request: ApiRequest, pathAndQuery: string, kind: RequestKind): boolean {
  if (fault.on !== undefined ? fault.on !== kind : kind === 'token' && fault.path === undefined) return false;
  if (fault.method !== undefined && fault.method !== request.method) return false;
  if (fault.body !== undefined && !request.body.includes(fault.body)) return false;
  return fault.path === undefined || pathAndQuery.includes(fault.path);
}

function concerns(fault: Fault, sobject: string, operation: string): boolean {
  if (fault.sobject !== undefined && fault.sobject.toLowerCase() !== sobject.toLowerCase()) return false;
  return fault.operation === undefined || fault.operation === operation;
}

/** A refusal of fields needs a record that sends one of them; a rule may name any. */
function sendsRefused({ code, fields: refused }: Fault, sent: readonly string[]): boolean {
  if (code !== 'INVALID_FIELD_FOR_INSERT_UPDATE' || refused === undefined) return true;
  return refused.some((name) => sent.includes(name));
}

function isOneOf(kinds: readonly string[], fault: Fault): boolean {
  return kinds.includes(fault.kind);
}
