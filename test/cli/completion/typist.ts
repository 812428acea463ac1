import { spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onTestFailed, onTestFinished } from 'vitest';
import { folderWith } from '../../config/folder.js';
import { statusOf } from '../executable.js';
import { SFREPLAY } from '../shell.js';
import { until } from '../stage.js';

export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const CONFIG = `topic_mappings:
  - { topic: crm.accounts, sobject: Account, external_id_field: External_Id__c }
  - { topic: crm.contacts, sobject: Contact, external_id_field: Key__c }
  - { topic: web.leads, sobject: Lead, operation: insert }
`;

/** What a shell is to prompt with. */
export const PROMPT = 'your turn>';

/**
 * A folder with a configuration, some files, and an `sfreplay` on the PATH that writes down how it is called, but for
 * what it has to say to the completion scripts.
 */
export class Desk {
  readonly path = folderWith({
    '.sfreplayrc.yaml': CONFIG,
    'other.yaml': 'topic_mappings: [{ topic: elsewhere, sobject: Task }]',
    'program.mjs': 'import { writeFileSync } from "node:fs"; writeFileSync("ran", ""); export default {};',
    'my dump.ndjson': '',
    'bin/sfreplay': `#!/bin/sh
case "$1" in __complete) exec ${SFREPLAY} "$@" ;; esac
{ printf '%s\\037' "$@"; echo; } >>"$DESK/calls"
`,
  });

  constructor() {
    chmodSync(join(this.path, 'bin/sfreplay'), 0o755);
    writeFileSync(join(this.path, 'calls'), '');
  }

  get environment(): NodeJS.ProcessEnv {
    const path = `${join(this.path, 'bin')}${delimiter}${process.env.PATH ?? ''}`;
    return { PATH: path, HOME: this.path, DESK: this.path, TERM: 'dumb', LANG: 'C.UTF-8' };
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  /** The words of each call so far. */
  get calls(): string[][] {
    const lines = readFileSync(join(this.path, 'calls'), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => line.split('\u001f').slice(0, -1));
  }

  /**
   * Types lines into an interactive shell on a terminal, Enter after each, and gives the words that sfreplay was called
   * with by each. A line is typed when the shell has prompted for it, with {@link PROMPT}.
   */
  async type(shell: string, lines: readonly string[]): Promise<string[][]> {
    const terminal = spawn('script', ['-qec', shell, '/dev/null'], { cwd: this.path, env: this.environment });
    let screen = '';
    terminal.stdout.on('data', (text) => (screen += String(text)));
    onTestFinished(() => void terminal.kill('SIGKILL'));
    onTestFailed(() => console.log(screen));
    for (const [index, line] of [...lines, 'exit'].entries()) {
      await until(() => screen.split(PROMPT).length > index + 1 && this.calls.length === index);
      terminal.stdin.write(`${line}\r`);
    }
    terminal.stdin.end();
    // The history is written at the very end.
    await statusOf(terminal);
    return this.calls;
  }
}
