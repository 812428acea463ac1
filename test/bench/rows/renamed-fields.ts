import { join } from 'node:path';
import { writeDump } from '../dump/dump.js';
import { FIELDS } from '../dump/record.js';
import { loadFigures } from '../load.js';
import { Org } from '../org/org.js';
import { Rounds, type Bench, type Case, type RowResult } from '../row.js';
import { replay, writeConfiguration, type MappedTopic } from '../sfreplay.js';
import { TOPIC_NAMES, TOPICS } from '../topics.js';

const MODES = ['bulk', 'realtime'] as const;
/** Fields that the lines of the dump call otherwise. */
const RENAMED = new Map(
  FIELDS.filter((name) => /^Billing|^Person|^Account_/.test(name))
    .map(renamed)
    .slice(0, 10),
);

/** 9. Lines with other names for ten of their 35 fields, beside the same lines with the right ones. */
export async function renamedFields(bench: Bench): Promise<RowResult> {
  const lines = bench.lines ?? (bench.isQuick ? 30_000 : 1_000_000);
  const count = bench.rounds ?? (bench.isQuick ? 1 : 3);
  const rounds = await Org.use({}, async (org) => {
    const dumps = [new Map<string, string>(), RENAMED].map((names, i) => {
      const file = join(bench.folder, `dump-${i}.ndjson`);
      writeDump(file, { lines, topics: TOPIC_NAMES, names });
      return { names, file };
    });
    const cases = MODES.flatMap((mode) =>
      dumps.map(({ names, file }): Case => {
        const config = join(bench.folder, `${mode}-${names.size}.yaml`);
        const fields = Object.fromEntries(FIELDS.map((name) => [name, names.get(name) ?? name]));
        writeConfiguration(config, mapped(mode, names.size === 0 ? undefined : fields));
        const words = ['--config', config, '--max-in-flight', '10', file];
        const run = () => loadFigures(org, lines, () => replay({ url: org.url, cwd: bench.folder, words }));
        return { name: caseName(mode, names.size > 0), run };
      }),
    );
    return Rounds.run(cases, count, bench.say);
  });
  return {
    title: `CPU-bound upsert with fields, ${RENAMED.size} of ${FIELDS.length} renamed`,
    lines,
    rounds: count,
    measured: rounds.measured(),
    comparisons: MODES.map((mode) =>
      rounds.compare(caseName(mode, true), caseName(mode, false), 'CPU s', { atMost: 1.25 }),
    ),
    notes: ['With fields, every line is parsed; without them, most lines of realtime are sent as they are written.'],
  };
}

function caseName(mode: string, isRenamed: boolean): string {
  return `${mode}, ${isRenamed ? 'fields' : 'names as they are'}`;
}

function mapped(mode: 'bulk' | 'realtime', fields: MappedTopic['fields']): MappedTopic[] {
  return TOPICS.map((topic) => ({ ...topic, mode, ...(fields && { fields }) }));
}

/** `BillingPostalCode` is `billing_postal_code`. */
function renamed(name: string): [string, string] {
  return [name, name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()];
}
