import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { UsageError } from '../core/errors.js';
import { didYouMean, suggest } from '../core/suggestion.js';

/** Where a secret goes that somebody would give as a flag. */
const SECRETS: ReadonlyMap<string, string> = new Map([
  ['--client-secret', '--client-secret-file FILE, or the variable SALESFORCE_CLIENT_SECRET'],
  ['--access-token', 'the variable SALESFORCE_ACCESS_TOKEN'],
  ['--sfdx-auth-url', '--sfdx-auth-url-file FILE, or the variable SFDX_AUTH_URL'],
]);

/** Commander's command, which tells an unknown option without the value that was typed with it. */
export class CommandLine extends Command {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name);
  }

  /** Called by commander, which does not declare it. */
  unknownOption(typed: string): void {
    const option = typed.startsWith('--') ? typed.replace(/=.*$/s, '') : typed.slice(0, 2);
    const flags = this.createHelp()
      .visibleOptions(this)
      .flatMap(({ long }) => (long ? [long] : []));
    const instead = SECRETS.get(option);
    const hint =
      instead === undefined
        ? didYouMean(option, flags).replace(/^ (.*) "(.*)"\?$/, '\n($1 $2?)')
        : `\n(Other users can see a command line, so no flag takes a secret: use ${instead}.)`;
    this.error(`error: unknown option '${option}'${hint}`, { code: 'commander.unknownOption' });
  }
}

/**
 * `sfreplay chekc` asks to replay a file of that name. Throws a `UsageError` that says so, and which of the commands was
 * probably meant.
 */
export function refuseMisspeltCommand([first]: readonly string[], commands: readonly string[]): void {
  if (first === undefined || !/^[a-z]+$/i.test(first) || existsSync(first)) return;
  const command = suggest(first, commands);
  if (command === undefined) return;
  throw new UsageError(`There is no file "${first}" to replay, and no such command.`, {
    hint: `Did you mean "sfreplay ${command}"? The command comes before its flags.`,
  });
}
