import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders whose files take longest, most of all first. */
const SLOW = ['faults', 'chaos', 'model', 'package', 'fuzz', 'cli', 'docs'];

/** Slow files first: one that begins last would have a core to itself while the other waits. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      (SLOW.findIndex((folder) => moduleId.includes(`/test/${folder}/`)) + SLOW.length + 1) % (SLOW.length + 1);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    // Far more than any takes: how busy the machine is must not decide.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Each file talks to its own emulator on its own port, so files may run side by side: one more than CI has cores, since
    // many tests wait for a process or a clock.
    maxWorkers: 3,
    // A process for each file costs as much as its tests. No test leaves anything behind for the next file.
    isolate: false,
    sequence: { sequencer: SlowFirst },
    env: { NO_COLOR: '1' },
  },
});
