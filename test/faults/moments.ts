import type { Emulator } from '../../src/emulator/index.js';
import type { Mode, Operation } from '../../src/core/record.js';

/** Something that happens to the org at one moment of a run, whatever it is asked just then. */
export interface Moment {
  readonly name: string;
  /** `before`: when the request is about to be made; `during`: when it has come in, before anything is done with it. */
  readonly when: 'before' | 'during';
  /** False where nothing could happen. */
  readonly happen: (org: Emulator) => boolean;
  /** How many connections are refused before they are taken again. */
  readonly refusals: number;
  /** `heals`: nothing of it may show. `stops`: the run ends. `job`: it is about the latest bulk job. */
  readonly effect: 'heals' | 'stops' | 'job';
  /** Is a request perhaps carried out without an answer? */
  readonly isLost: boolean;
}

/** One moment in runs of one kind; which request it strikes is counted from the first to the last. */
export interface MomentCase {
  readonly moment: Moment;
  readonly mode: Mode;
  readonly operation: Operation;
  readonly hasJournal: boolean;
}

const forGood = Number.POSITIVE_INFINITY;

const MOMENTS: readonly Moment[] = [
  ...[1, 3, forGood].map((refusals): Moment => ({
    name: `refused ${refusals === forGood ? 'for good' : `${refusals}×`}`,
    when: 'before',
    happen: does((org) => org.refuseConnections()),
    refusals,
    effect: refusals === forGood ? 'stops' : 'heals',
    isLost: false,
  })),
  ...(['reset-before', 'reset-after'] as const).map((kind): Moment => ({
    name: `${kind}, then refused for good`,
    when: 'during',
    happen: does((org) => {
      org.addFault({ kind });
      org.addFault({ kind, on: 'token' });
      org.refuseConnections();
    }),
    refusals: forGood,
    effect: 'stops',
    isLost: true,
  })),
  {
    name: 'sign-in revoked',
    when: 'during',
    happen: does((org) => org.revokeClient()),
    refusals: 0,
    effect: 'stops',
    isLost: false,
  },
  {
    name: 'token expired',
    when: 'during',
    happen: does((org) => org.expireTokens()),
    refusals: 0,
    effect: 'heals',
    isLost: false,
  },
  {
    name: 'job aborted by somebody',
    when: 'during',
    happen: (org) => toLatestJob(org, (id) => org.abortJob(id)),
    refusals: 0,
    effect: 'job',
    isLost: false,
  },
  {
    name: 'job deleted by somebody',
    when: 'during',
    happen: (org) => toLatestJob(org, (id) => org.deleteJob(id)),
    refusals: 0,
    effect: 'job',
    isLost: false,
  },
];

function does(act: (org: Emulator) => void): Moment['happen'] {
  return (org) => {
    act(org);
    return true;
  };
}

/** A job that has ended cannot be aborted; what becomes of lost results is asked elsewhere. */
function toLatestJob(org: Emulator, act: (id: string) => void): boolean {
  const job = org.jobs().at(-1);
  if (job === undefined || ['JobComplete', 'Failed', 'Aborted'].includes(job.state)) return false;
  act(job.id);
  return true;
}

/** Every moment in every operation and mode, without and with a journal. */
export function momentCases(): MomentCase[] {
  const cases: MomentCase[] = [];
  for (const moment of MOMENTS) {
    for (const mode of ['realtime', 'bulk'] as const) {
      if (mode === 'realtime' && moment.effect === 'job') continue;
      for (const operation of ['insert', 'update', 'upsert', 'delete'] as const) {
        for (const hasJournal of [false, true]) cases.push({ moment, mode, operation, hasJournal });
      }
    }
  }
  return cases;
}

export function nameOfMoment({ moment, mode, operation, hasJournal }: MomentCase): string {
  return [mode, operation, moment.name, ...(hasJournal ? ['journal'] : [])].join(' ');
}
