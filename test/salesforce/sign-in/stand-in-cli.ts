import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Shell scripts by the command that they answer; a command is told by its first words. */
export type Answers = Readonly<Record<string, string>>;

/**
 * A Salesforce CLI for the tests: a folder for the `PATH` with `sf` or `sfdx` in it, which answer as the scripts say, and
 * to every other command as a CLI does that does not have it. A script finds the next token in `$token`.
 */
export class StandInCli {
  readonly folder = mkdtempSync(join(tmpdir(), 'sfreplay-cli-'));

  constructor(programs: Readonly<Record<string, Answers>>) {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
    for (const [program, answers] of Object.entries(programs)) {
      const path = join(this.folder, program);
      writeFileSync(path, scriptOf(program, answers));
      chmodSync(path, 0o755);
    }
  }

  /** What a program must run in to find it, and nothing else of that name. */
  get environment(): { PATH: string } {
    return { PATH: `${this.folder}:/usr/bin:/bin` };
  }

  /** The tokens that it gives from now on, one for each time it is asked; the last one for good. */
  giveTokens(...tokens: string[]): void {
    writeFileSync(join(this.folder, 'tokens'), tokens.map((token) => `${token}\n`).join(''));
  }

  /** The commands that it was given. */
  get calls(): string[] {
    const path = join(this.folder, 'calls');
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  }
}

function scriptOf(program: string, answers: Answers): string {
  const cases = Object.entries(answers).map(([command, script]) => `"${command} "*)\n${script}\n;;`);
  return `#!/bin/sh
here=$(dirname "$0")
echo "${program} $*" >>"$here/calls"
next_token() {
  token=$(head -n 1 "$here/tokens")
  if [ "$(wc -l <"$here/tokens")" -gt 1 ]; then sed -i 1d "$here/tokens"; fi
}
case "$* " in
${cases.join('\n')}
*) echo " ›   Warning: $* is not a ${program} command." >&2; exit 127;;
esac
`;
}

/** Prints a document in which `TOKEN` stands for the next token. */
export function prints(document: unknown): string {
  const text = JSON.stringify(document, undefined, 2);
  const take = text.includes('TOKEN') ? 'next_token; sed "s|TOKEN|$token|"' : 'cat';
  return `${take} <<'END'\n${text}\nEND`;
}

/** Fails as the CLI does with `--json`. */
export function fails(name: string, message: string): string {
  return `cat <<'END'\n${JSON.stringify({ name, message, exitCode: 1, status: 1, stack: 'at …', warnings: [] })}\nEND\nexit 1`;
}

export const REDACTED =
  '[REDACTED] Use "sf org auth show-access-token" to view the access token. See https://example.com';

/** What `org display` says of the org at that URL. */
export function displayed(instanceUrl: string, accessToken: string, more: object = {}): unknown {
  const id = '00D5e000000abcdEAA';
  const result = { id, apiVersion: '66.0', accessToken, instanceUrl, username: 'loader@acme.example', alias: 'uat' };
  return {
    status: 0,
    result: { ...result, clientId: 'PlatformCLI', connectedStatus: 'Connected', ...more },
    warnings: [],
  };
}

const SHOW_TOKEN = 'org auth show-access-token';
const TOKEN_SHOWN = {
  status: 0,
  result: { accessToken: 'TOKEN' },
  warnings: ['This command exposes sensitive information.'],
};

/** As of plugin-org 5.11.1: the token is shown by a command of its own, and hidden in all others. */
export function currentCli(instanceUrl: string, more: object = {}): { sf: Answers } {
  return {
    sf: { [SHOW_TOKEN]: prints(TOKEN_SHOWN), 'org display': prints(displayed(instanceUrl, REDACTED, more)) },
  };
}

/** Before 5.11.0: there is no such command. */
export function olderCli(instanceUrl: string): { sf: Answers } {
  return { sf: { 'org display': prints(displayed(instanceUrl, 'TOKEN')) } };
}

/** The CLI of long ago, which writes errors to standard error. */
export function sfdxCli(instanceUrl: string): { sfdx: Answers } {
  return { sfdx: { 'force:org:display': prints(displayed(instanceUrl, 'TOKEN')) } };
}
