import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { statusOf, type Ended } from '../cli/executable.js';
import { folderWith } from '../config/folder.js';
import { REPOSITORY } from './readme.js';

/** A folder in which sfreplay is installed: as a package, and as a command beside those that the caller adds. */
export class ProgramFolder {
  readonly path: string;

  /** `commands` are shell scripts by name. */
  constructor(files: Readonly<Record<string, string>>, commands: Readonly<Record<string, string>> = {}) {
    this.path = folderWith({ ...files, 'package.json': '{"type":"module"}' });
    mkdirSync(join(this.path, 'node_modules'));
    symlinkSync(REPOSITORY, join(this.path, 'node_modules/sfreplay'));
    mkdirSync(join(this.path, 'bin'));
    const executable = join(REPOSITORY, 'bin/sfreplay.js');
    const all = { sfreplay: `exec "${process.execPath}" "${executable}" "$@"`, ...commands };
    for (const [name, script] of Object.entries(all)) {
      const path = join(this.path, 'bin', name);
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
    }
  }

  /** Runs a program here, with a clean environment, to its end. */
  async run(program: string, words: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ended> {
    const child = spawn(program, words, {
      cwd: this.path,
      env: { PATH: `${join(this.path, 'bin')}:${process.env.PATH ?? ''}`, HOME: this.path, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    return { status: await statusOf(child), stdout, stderr };
  }

  shell(script: string, environment: Readonly<Record<string, string>>): Promise<Ended> {
    return this.run('bash', ['-euo', 'pipefail', '-c', script], environment);
  }
}
