import type { Mode, Operation } from '../../src/record.js';

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
  /** Once, or from the first time on without end. */
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

export type Place = 'token' | 'describe' | 'collections' | 'create' | 'upload' | 'close' | 'info' | 'result';

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

/** Faults of a result file that is there, or not. */
const RESULT_FAULTS: Readonly<Record<string, Effect>> = {
  'results-404': 'refuses',
  'results-empty': 'unknown',
  'results-truncate': 'unknown',
};

const OPERATIONS: readonly Operation[] = ['insert', 'update', 'upsert', 'delete'];
const RESULT_FILES = ['failedResults', 'successfulResults', 'unprocessedrecords'];

interface Target {
  readonly place: Place;
  readonly on: string;
  readonly besides?: readonly string[];
  readonly faults?: Readonly<Record<string, Effect>>;
}

const HALFWAY = 'job-fail-halfway:done=0.34';

const TARGETS: Readonly<Record<Mode, readonly Target[]>> = {
  realtime: [{ place: 'collections', on: 'on=collections' }],
  bulk: [
    { place: 'create', on: 'on=bulk-create' },
    { place: 'upload', on: 'on=bulk-upload' },
    { place: 'close', on: 'on=bulk-state' },
    { place: 'info', on: 'on=bulk-info' },
    ...RESULT_FILES.map((file) => ({
      place: 'result' as const,
      on: `on=bulk-result:path=${file}`,
      besides: file === 'failedResults' ? [] : [HALFWAY],
      faults: { ...FAULTS, ...RESULT_FAULTS },
    })),
  ],
};

/** Every fault at every kind of request of every operation in both modes: once and for good, without and with a journal. */
export function allCases(): Case[] {
  const cases: Case[] = [];
  for (const mode of ['realtime', 'bulk'] as const) {
    for (const operation of OPERATIONS) {
      const both: readonly Target[] = [
        { place: 'token', on: 'on=token' },
        { place: 'describe', on: 'on=describe' },
        ...TARGETS[mode],
      ];
      for (const { place, on, besides = [], faults = FAULTS } of both) {
        for (const [fault, effect] of Object.entries(faults)) {
          for (const isLasting of [false, true]) {
            for (const hasJournal of [false, true]) {
              // Before the first write operations and modes do not differ.
              const isEarly = place === 'token' || place === 'describe';
              if (isEarly && (operation !== 'insert' || hasJournal)) continue;
              // What passes by itself never gets as far as a decision that a journal changes.
              if (hasJournal && !isLasting && effect === 'passes') continue;
              cases.push({ mode, operation, fault: `${fault}:${on}`, besides, effect, place, isLasting, hasJournal });
            }
          }
        }
      }
    }
  }
  return cases;
}

/** The fault as the emulator is given it. */
export function faultOf({ fault, isLasting }: Case): string {
  return `${fault}:count=${isLasting ? 0 : 1}`;
}

export function nameOf(one: Case): string {
  const { mode, operation, besides, hasJournal } = one;
  return [mode, operation, faultOf(one), ...besides, ...(hasJournal ? ['journal'] : [])].join(' ');
}
