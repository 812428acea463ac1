/** `TODAY`, `LAST_WEEK`, `N_MONTHS_AGO`, …: the date literals, without their `:n`. */
export const PERIOD =
  /^(?:TODAY|YESTERDAY|TOMORROW|(?:LAST|NEXT)_90_DAYS|(?:THIS|LAST|NEXT)_(?:WEEK|MONTH|QUARTER|YEAR)|(?:LAST|NEXT)_N_(?:DAY|WEEK|MONTH|QUARTER|YEAR)S|N_(?:DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO)$/;

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** Begins with `startMs`, ends before `endMs`; days are those of UTC. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The time that a date literal stands for.
 * @param count of a literal that ends in `:n`
 * @returns undefined for a literal that needs a count and has none, or has one that it does not take
 */
export function periodOf(name: string, count: number | undefined, nowMs: number): Period | undefined {
  if (name.startsWith('N_') || name.includes('_N_') ? count === undefined : count !== undefined) return undefined;
  const unit = (/DAY|WEEK|MONTH|QUARTER|YEAR/.exec(name)?.[0] ?? 'DAY') as Unit;
  const between = (from: number, to: number): Period => ({
    startMs: startOf(unit, nowMs, from),
    endMs: startOf(unit, nowMs, to),
  });
  const many = count ?? 90;
  switch (true) {
    case name === 'YESTERDAY':
      return between(-1, 0);
    case name === 'TOMORROW':
      return between(1, 2);
    case name.endsWith('_AGO'):
      return between(-many, 1 - many);
    // The last n days hold today, the last n weeks do not hold this week.
    case /^LAST_(?:N|90)_/.test(name):
      return between(-many, unit === 'DAY' ? 1 : 0);
    case /^NEXT_(?:N|90)_/.test(name):
      return between(1, 1 + many);
    case name.startsWith('LAST_'):
      return between(-1, 0);
    case name.startsWith('NEXT_'):
      return between(1, 2);
    default:
      return between(0, 1);
  }
}

/** When the unit began that is `shift` away from the one of now. Weeks begin on Sunday. */
function startOf(unit: Unit, nowMs: number, shift: number): number {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  switch (unit) {
    case 'DAY':
      return Date.UTC(year, month, day + shift);
    case 'WEEK':
      return Date.UTC(year, month, day - now.getUTCDay() + 7 * shift);
    case 'MONTH':
      return Date.UTC(year, month + shift);
    case 'QUARTER':
      return Date.UTC(year, month - (month % 3) + 3 * shift);
    case 'YEAR':
      return Date.UTC(year + shift, 0);
  }
}
