import { existsSync } from 'node:fs';
import { suggest } from '../core/suggestion.js';
import { UsageError } from '../core/errors.js';

/** All that can be typed. */
export const COMMANDS = [
  'replay',
  'retry',
  'check',
  'diff',
  'init',
  'demo',
  'emulator',
  'completion',
  'schema',
  'help',
];

/** `sfreplay chekc` asks to replay a file of that name. Throws a `UsageError` that says so, and what was probably meant. */
export function refuseMisspeltCommand([first]: readonly string[]): void {
  if (first === undefined || !/^[a-z]+$/i.test(first) || existsSync(first)) return;
  const command = suggest(first, COMMANDS);
  if (command === undefined) return;
  throw new UsageError(`There is no file "${first}" to replay, and no command of that name here.`, {
    hint: `Did you mean "sfreplay ${command}"? A command comes first, before its flags.`,
  });
}
