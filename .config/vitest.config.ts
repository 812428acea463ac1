import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Each file talks to its own emulator on its own port, so files may run side by side; two cores are what CI has.
    maxWorkers: 2,
    // A process for each file costs as much as its tests. No test leaves anything behind for the next file.
    isolate: false,
    env: { NO_COLOR: '1' },
  },
});
