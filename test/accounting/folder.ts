import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A path in an empty folder of the test's own. */
export function freshPath(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-accounting-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
