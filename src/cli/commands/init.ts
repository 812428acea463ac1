import { reasonOf } from '../../core/unknown.js';
import { writeFileSync, existsSync } from 'node:fs';
import * as nodePath from 'node:path';
import { join } from 'node:path';
import { configFileIn, EXAMPLE, type ProposedMapping, STARTER_FILE, starterText } from '../../config/starter.js';
import { UsageError } from '../../core/errors.js';
import { groupErrors } from '../../report/errors.js';
import { formatNoun, safeText } from '../../report/format.js';
import { errorLines } from '../../report/text.js';
import { EXIT } from '../../core/exit-status.js';
import type { InitFlags } from '../flags.js';
import { knownFieldsOf } from '../init/known-fields.js';
import { proposeMappings } from '../init/propose.js';
import { SAMPLE_LINES, takeSample, type Sample } from '../init/sample.js';
import { openProgress } from '../session.js';
import { shellQuote } from '../retry-command.js';
import { hasColor, isPiped, print, widthOf, type Terminal } from '../terminal.js';
import { beforehand } from '../usage-checks.js';

/**
 * Writes a starter configuration into the working folder, with mappings for the topics of the files. Returns the exit
 * status; throws a `UsageError` where there is a configuration already, or a file cannot be read.
 */
export async function runInit(files: readonly string[], flags: InitFlags, terminal: Terminal): Promise<number> {
  const { cwd, stdin, stdout, environment } = terminal;
  refuseSecond(configFileIn(cwd));
  if (flags.topic !== undefined && files.length === 0) {
    throw new UsageError('--topic is for the lines of files, but no file is named.');
  }
  const sample = files.length === 0 ? undefined : await beforehand(takeSample(files, stdin, flags.topic));
  const known = await knownFieldsOf(sample?.topics ?? [], environment, cwd);
  const proposed = proposeMappings(sample?.topics ?? [], known.fields);
  const text = starterText(
    proposed.length === 0 ? [EXAMPLE] : proposed,
    sample && sourceOf(sample, files),
    schemaReference(cwd),
  );
  write(join(cwd, STARTER_FILE), text);
  const progress = await openProgress(terminal, 'none');
  if (known.warning !== undefined) progress.warn(known.warning);
  if (files.length === 0 && isPiped(stdin)) {
    progress.warn(`Standard input was not read. To read it, remove ${STARTER_FILE} and run: sfreplay init -`);
  }
  const malformed = errorLines(
    groupErrors([{ topic: '', errors: sample?.malformedErrors ?? [] }]),
    { color: hasColor(stdout, environment), width: widthOf(stdout) },
    'Malformed lines',
  );
  await print(stdout, outcome(proposed, sample, files, flags.topic, malformed));
  return EXIT.ok;
}

function refuseSecond(existing: string | undefined): void {
  if (existing === undefined) return;
  throw new UsageError(`There is a configuration here already: ${existing}.`, {
    hint: 'It was not changed. To start over, move it away first.',
  });
}

/** Never over another file, also one that came about meanwhile. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') refuseSecond(STARTER_FILE);
    const reason = reasonOf(error);
    throw new UsageError(`Cannot write ${STARTER_FILE}: ${reason}.`, { cause: error });
  }
}

/** A comment: what the mappings rest on. */
function sourceOf({ lines, isWhole, malformed }: Sample, files: readonly string[]): string {
  const where = formatNoun(files.length, 'file');
  const seen = isWhole
    ? `Proposed from the ${formatNoun(lines, 'line')} of ${where}.`
    : `Proposed from at most the first ${formatNoun(SAMPLE_LINES, 'line')} of ${where}; later lines were not read.`;
  return malformed === 0 ? seen : `${seen} ${formatNoun(malformed, 'line')} could not be read.`;
}

function outcome(
  proposed: readonly ProposedMapping[],
  sample: Sample | undefined,
  files: readonly string[],
  topic: string | undefined,
  malformed: readonly string[],
): string {
  const mapped = proposed.length === 0 ? 'an example mapping' : `a mapping for ${formatNoun(proposed.length, 'topic')}`;
  const shown = proposed.map((mapping) => `  ${safeText(mapping.topic)} → ${summaryOf(mapping)}`);
  const none = sample !== undefined && proposed.length === 0 ? ['No line of the files has a topic and a record.'] : [];
  const named = files.filter((file) => file !== '-');
  const words = [...(topic === undefined ? [] : ['--topic', topic]), ...(named.length === 0 ? ['dump.ndjson'] : named)];
  const rest = safeText(words.map((word) => shellQuote(word)).join(' '));
  return [
    `Wrote ${STARTER_FILE} with ${mapped}.`,
    ...none,
    ...shown,
    '',
    ...(malformed.length === 0 ? [] : [...malformed, '']),
    'Next',
    `  1. Go through the lines marked "check this" in ${STARTER_FILE}.`,
    `  2. sfreplay check --offline ${rest}`,
    '  3. Set SALESFORCE_ORG_URL, SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET.',
    `  4. sfreplay check ${rest}`,
    `  5. sfreplay ${rest}`,
    '',
  ].join('\n');
}

function summaryOf({ keys, fields }: ProposedMapping): string {
  const value = (name: string) => keys.find((key) => key.name === name)?.value;
  const key = value('external_id_field');
  const mode = value('mode');
  const parents = value('depends_on');
  return [
    String(value('sobject')),
    String(value('operation')),
    ...(key === undefined ? [] : [`by ${String(key)}`]),
    ...(fields === undefined ? [] : ['with fields']),
    ...(mode === undefined ? [] : [`in ${String(mode)}`]),
    ...(typeof parents === 'object' ? [`after ${safeText(parents.join(', '))}`] : []),
  ].join(' ');
}

/**
 * Where an editor finds the JSON Schema of a configuration in this folder, without a network: in the nearest
 * `node_modules`, by a path that holds on other machines too. Undefined where no sfreplay is installed there.
 */
export function schemaReference(
  folder: string,
  isThere: (path: string) => boolean = existsSync,
  paths: nodePath.PlatformPath = nodePath,
): string | undefined {
  for (let above = folder; ; above = paths.dirname(above)) {
    const schema = paths.join(above, 'node_modules', 'sfreplay', 'dist', 'schema.json');
    if (isThere(schema)) return dotted(paths.relative(folder, schema).split(paths.sep).join('/'));
    if (paths.dirname(above) === above) return undefined;
  }
}

/** `node_modules/…` could be taken for the name of a package. */
function dotted(path: string): string {
  return path.startsWith('.') ? path : `./${path}`;
}
