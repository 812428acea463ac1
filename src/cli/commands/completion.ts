import type { Command } from 'commander';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
import type { Shell } from '../completion/shells.js';
import { specOf, type ProgramSpec } from '../completion/spec.js';
import { zshScript } from '../completion/zsh.js';
import { EXIT } from '../exit-status.js';
import { print, type Terminal } from '../terminal.js';

const WRITERS: Readonly<Record<Shell, (spec: ProgramSpec) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Prints a completion script. Returns the exit status. */
export async function runCompletion(shell: Shell, program: Command, { stdout }: Terminal): Promise<number> {
  await print(stdout, WRITERS[shell](specOf(program)));
  return EXIT.ok;
}
