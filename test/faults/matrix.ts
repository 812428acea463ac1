import type { Mode, Operation } from '../../src/core/record.js';

/** One thing that goes wrong at one kind of request while records of one operation and mode are written. */
export interface Case {
  readonly mode: Mode;
  readonly operation: Operation;
  /** In the emulator's grammar, without how often. */
  readonly fault: string;
  /** What must be wrong besides, so that the request is made at all. */
  readonly besides: readonly string[];
  readonly effect: Effect;
  readonly place: Place;
  /** The first or the second request of the kind is the one that it strikes first. */
  readonly from: 1 | 2;
  /** Once, or from then on without end. */
  readonly isLasting: boolean;
  readonly hasJournal: boolean;
}

/**
 * What a fault means for a request that meets it once.
 * - `passes`: certainly not processed, and worth repeating
 * - `unknown`: perhaps processed
 * - `refuses`: certainly not processed, and final for what the request was for
 * - `stops`: certainly not processed, and the end of the run
 */
export type Effect = 'passes' | 'unknown' | 'refuses' | 'stops';

export type Place =
  'token' | 'renewal' | 'describe' | 'collections' | 'create' | 'upload' | 'close' | 'info' | 'result';

const FAULTS: Readonly<Record<string, Effect>> = {
  'reset-before': 'unknown',
  'reset-after': 'unknown',
  'timeout-before': 'unknown',
  'timeout-after': 'unknown',
  truncate: 'unknown',
  garbage: 'unknown',
  empty: 'unknown',
  '500': 'unknown',
  '500:processed=true': 'unknown',
  '502': 'unknown',
  '502:processed=true': 'unknown',
  '504': 'unknown',
  '504:processed=true': 'unknown',
  '503': 'passes',
  '503-html': 'passes',
  '429': 'passes',
  '429:retry-after=0': 'passes',
  '429:retry-after=Wed, 21 Oct 2015 07:28:00 GMT': 'passes',
  '401': 'passes',
  'limit-concurrent': 'passes',
  'limit-total': 'stops',
  '403': 'stops',
  '400': 'refuses',
  '404': 'refuses',
  '413': 'refuses',
  '420': 'passes',
};

/** At the token endpoint every refusal is one of the sign-in. */
const TOKEN_FAULTS: Readonly<Record<string, Effect>> = {
  ...FAULTS,
  ...{ '401': 'stops', '400': 'stops', '404': 'stops', '413': 'stops' },
};

/** Faults of a result file that is there, or not. */
const RESULT_FAULTS: Readonly<Record<string, Effect>> = {
  'results-404': 'refuses',
  'results-empty': 'unknown',
  'results-truncate': 'unknown',
};

const OPERATIONS: readonly Operation[] = ['insert', 'update', 'upsert', 'delete'];

/** One kind of request, and which of them is struck first. */
interface Target {
  readonly place: Place;
  readonly from: 1 | 2;
  readonly on: string;
  readonly besides?: readonly string[];
  readonly faults?: Readonly<Record<string, Effect>>;
}

const BEFORE_ALL: readonly Target[] = [
  { place: 'token', from: 1, on: 'on=token', faults: TOKEN_FAULTS },
  { place: 'describe', from: 1, on: 'on=describe' },
];

/** A token that has expired is renewed by a second sign-in. */
const RENEWAL = { place: 'renewal', from: 2, on: 'on=token', faults: TOKEN_FAULTS } as const;

const RESULT = { place: 'result', faults: { ...FAULTS, ...RESULT_FAULTS } } as const;

const HALFWAY = 'job-fail-halfway:done=0.34';

const TARGETS: Readonly<Record<Mode, readonly Target[]>> = {
  realtime: [
    ...BEFORE_ALL,
    { ...RENEWAL, besides: ['401:on=collections'] },
    ...firstAndSecond((from) => ({ place: 'collections', from, on: 'on=collections' })),
  ],
  bulk: [
    ...BEFORE_ALL,
    { ...RENEWAL, besides: ['401:on=bulk-info'] },
    ...firstAndSecond((from) => ({ place: 'create', from, on: 'on=bulk-create' })),
    ...firstAndSecond((from) => ({ place: 'upload', from, on: 'on=bulk-upload' })),
    ...firstAndSecond((from) => ({ place: 'close', from, on: 'on=bulk-state' })),
    ...firstAndSecond((from) => ({ place: 'info', from, on: 'on=bulk-info' })),
    ...firstAndSecond((from) => ({ ...RESULT, from, on: 'on=bulk-result:path=failedResults' })),
    // The other files are asked for only when a job has not got to its end.
    { ...RESULT, from: 1, on: 'on=bulk-result:path=successfulResults', besides: [HALFWAY] },
    { ...RESULT, from: 1, on: 'on=bulk-result:path=unprocessedrecords', besides: [HALFWAY] },
  ],
};

function firstAndSecond(target: (from: 1 | 2) => Target): Target[] {
  return [target(1), target(2)];
}

/** Every fault at every kind of request of every operation in both modes: once and for good, without and with a journal. */
export function allCases(): Case[] {
  return (['realtime', 'bulk'] as const).flatMap((mode) =>
    OPERATIONS.flatMap((operation) => TARGETS[mode].flatMap((target) => casesAt(target, mode, operation))),
  );
}

function casesAt(target: Target, mode: Mode, operation: Operation): Case[] {
  const { place, from, on, besides = [], faults = FAULTS } = target;
  // Before the first write, and when it signs in anew, a run without a journal is the same for every operation.
  const isSignIn = place === 'token' || place === 'describe' || (mode === 'bulk' && place === 'renewal');
  const needsJournal = isSignIn && operation !== 'insert';
  return Object.entries(faults).flatMap(([kind, effect]) =>
    [false, true].flatMap((isLasting) =>
      (needsJournal ? [true] : [false, true]).map((hasJournal) => {
        return { mode, operation, fault: `${kind}:${on}`, besides, effect, place, from, isLasting, hasJournal };
      }),
    ),
  );
}

/** The fault as the emulator is given it. */
export function faultOf({ fault, from, isLasting }: Case): string {
  return `${fault}:${isLasting ? `after=${from - 1}:count=0` : `nth=${from}`}`;
}

/** What is tried at least once: each fault at each request, and each request of each operation. */
export function kindsOf({ mode, operation, place, from, fault }: Case): readonly string[] {
  return [`${mode} ${from} ${fault}`, `${mode} ${operation} ${place} ${from}`];
}

export function nameOf(one: Case): string {
  const { mode, operation, besides, hasJournal } = one;
  return [mode, operation, faultOf(one), ...besides, ...(hasJournal ? ['journal'] : [])].join(' ');
}
