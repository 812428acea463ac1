import { knownMappings, type KnownMapping } from '../../config/known-mappings.js';
import { mappingCandidates, topicCandidates } from '../completion/candidates.js';
import { configOf, currentValue, splitLine } from '../completion/typed-line.js';
import { EXIT } from '../exit-status.js';
import { print, type Terminal } from '../terminal.js';

/**
 * Prints what a word can be completed to, one a line: `topics`, or `mappings` for the value of `--map`. `line` is the
 * command line up to the cursor. Called at each press of a key: quick, quiet and never an error.
 */
export async function runComplete(kind: string, line: string, terminal: Terminal): Promise<number> {
  const { environment, cwd, stdout } = terminal;
  const words = splitLine(line);
  const mappings = await knownMappings(configOf(words, environment.HOME), environment, cwd);
  const found = candidates(kind, mappings, currentValue(words));
  await print(stdout, found.map((word) => `${word}\n`).join(''));
  return EXIT.ok;
}

/** A script of another version may ask for what is not known here. */
function candidates(kind: string, mappings: readonly KnownMapping[], value: string): string[] {
  if (kind === 'topics') return topicCandidates(mappings);
  return kind === 'mappings' ? mappingCandidates(mappings, value) : [];
}
