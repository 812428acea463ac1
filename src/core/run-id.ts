import { randomBytes } from 'node:crypto';

/** `20261123-172300-ab12`: the time in UTC, so that names sort, and chance, so that two runs of one second differ. */
export function makeRunId(now: Date = new Date(), chance: string = randomBytes(2).toString('hex')): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${chance}`;
}
