import type { ClientUsage } from './client.js';
import type { Org } from './org/org.js';
import type { OrgReport } from './org/options.js';
import type { Figures } from './row.js';

/**
 * Runs a client against an org and gives the figures of the rows about load. Throws when not every record has arrived:
 * a client that loses some is not faster.
 */
export async function loadFigures(org: Org, lines: number, run: () => Promise<ClientUsage>): Promise<Figures> {
  await org.report();
  const { seconds, cpuSeconds, peakRssMB } = await run();
  const report = await org.report();
  expectRecords(report, lines);
  return {
    'records/s': lines / seconds,
    'CPU s': cpuSeconds,
    'peak RSS MB': peakRssMB,
    'org CPU s': report.cpuSeconds,
  };
}

export function expectRecords({ records }: OrgReport, lines: number): void {
  if (records !== lines) throw new Error(`${records} of ${lines} records have arrived`);
}
