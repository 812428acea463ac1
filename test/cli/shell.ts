import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Stage } from './stage.js';

const EXECUTABLE = fileURLToPath(new URL('../../bin/sfreplay.js', import.meta.url));

/** How a shell calls sfreplay. */
export const SFREPLAY = `${process.execPath} ${EXECUTABLE}`;

/** What a command of bash says on both streams; `$SFREPLAY` is sfreplay with these words. */
export function shell(scene: Stage, command: string, words: readonly string[] = []): Promise<string> {
  return new Promise((resolve) => {
    const environment = {
      PATH: process.env.PATH,
      HOME: scene.folder,
      SFREPLAY: [SFREPLAY, ...words].join(' '),
      ...scene.signIn,
    };
    execFile('bash', ['-c', command], { cwd: scene.folder, env: environment }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}
