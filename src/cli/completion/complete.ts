import type { Command, Option } from 'commander';
import { addAllFlags } from '../flags.js';
import type { Terminal } from '../terminal.js';
import { type KnownMapping, knownMappings } from '../../config/known-mappings.js';

/** A word that the line can go on as: all of it, not only what is new. */
interface Candidate {
  readonly word: string;
  readonly about?: string;
}

/** The shell completes files here, beside what else is given. */
const FILES: Candidate = { word: ':files' };

const OPERATIONS = ['insert', 'update', 'upsert', 'delete'];
const MODES = ['realtime', 'bulk'];

/**
 * What a command line up to the cursor can go on as, a line each: the word, and behind a tab what it is. The shells leave out
 * what does not begin like the word that is typed. Called at each press of a key: quick, quiet and never an error.
 */
export async function complete(program: Command, line: string, { environment, cwd }: Terminal): Promise<string> {
  const words = splitLine(line);
  const current = words.at(-1) ?? '';
  const value = currentValue(words);
  const given = current.slice(0, current.length - value.length);
  const flag = given === '' ? words.at(-2) : given.slice(0, -1);
  let found: readonly Candidate[];
  // The schema, which the other flags come from, takes a while to load.
  if (flag === '--topic' || flag === '--map') {
    const mappings = await knownMappings(configOf(words, environment.HOME), environment, cwd);
    const names = flag === '--topic' ? topicCandidates(mappings) : mappingCandidates(mappings, value);
    found = named(names);
  } else {
    await addAllFlags(program);
    found = candidates(program, words, flag);
  }
  return found
    .map((one) => (one === FILES ? one : { ...one, word: given + one.word }))
    .map(({ word, about }) => `${about === undefined ? word : `${word}\t${about}`}\n`)
    .join('');
}

function candidates(program: Command, words: readonly string[], flag: string | undefined): readonly Candidate[] {
  const help = program.createHelp();
  const commands = help.visibleCommands(program);
  const isFirst = words.length <= 2;
  const typed = isFirst ? undefined : commands.find((one) => one.name() === words[1]);
  const command = typed ?? commands.find((one) => one.name() === 'replay') ?? program;
  const options =
    typed === undefined
      ? [...help.visibleOptions(command), ...help.visibleOptions(program)]
      : help.visibleOptions(command);
  const option = options.find((one) => one.required && (one.long === flag || one.short === flag));
  if (option !== undefined) return valuesOf(option);
  if (words.at(-1)?.startsWith('-') === true) return flagCandidates(options);
  const listed = commands.map((one) => ({ word: one.name(), about: one.summary() }));
  if (typed === undefined) return isFirst ? [...listed, FILES] : [FILES];
  if (typed.name() === 'help') return listed;
  const [argument] = typed.registeredArguments;
  if (argument?.argChoices !== undefined) return named(argument.argChoices);
  return argument?.name().startsWith('file') === true ? [FILES] : [];
}

function flagCandidates(options: readonly Option[]): Candidate[] {
  const words = new Map(
    options.flatMap(({ long, short, description }) => [long, short].map((word) => [word ?? '', description])),
  );
  return [...words].flatMap(([word, about]) => (word === '' ? [] : [{ word, about }]));
}

function valuesOf({ flags, argChoices }: Option): readonly Candidate[] {
  const placeholder = /<([^>]+)>/.exec(flags)?.[1] ?? '';
  if (argChoices !== undefined) return named(argChoices);
  if (/^[a-z]+(\|[a-z]+)+$/.test(placeholder)) return named(placeholder.split('|'));
  return placeholder === 'file' ? [FILES] : [];
}

export function topicCandidates(mappings: readonly KnownMapping[]): string[] {
  return unique(mappings.map(({ topic }) => topic));
}

/**
 * What the value of a `--map` can go on as: topics and, after the `=`, sObjects, operations, external id fields and
 * modes. Each candidate is the whole value, of which only the last part is new. A colon at the end leads on, and does no
 * harm where nothing follows it.
 */
export function mappingCandidates(mappings: readonly KnownMapping[], value: string): string[] {
  const equals = value.indexOf('=');
  if (equals < 0) return topicCandidates(mappings).map((topic) => `${topic}=`);
  const parts = value.slice(equals + 1).split(':');
  const before = value.slice(0, value.length - (parts.at(-1) ?? '').length);
  switch (parts.length) {
    case 1:
      return unique(mappings.map(({ sobject }) => sobject)).map((name) => `${before}${name}:`);
    case 2:
      return OPERATIONS.map((operation) => `${before}${operation}:`);
    case 3:
      return fieldsOf(mappings, parts[0]).map((field) => `${before}${field}:`);
    case 4:
      return MODES.map((mode) => before + mode);
    default:
      return [];
  }
}

/** Those of the sObject, or of all others where it has none. */
function fieldsOf(mappings: readonly KnownMapping[], sobject: string | undefined): string[] {
  const own = unique(mappings.filter((one) => one.sobject === sobject).map((one) => one.externalIdField));
  return own.length > 0 ? own : unique(mappings.map((one) => one.externalIdField));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== '');
}

function named(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word }));
}

/** The words of a command line as a shell takes them apart, near enough; the last is the one being typed, perhaps empty. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  for (const [, word = ''] of line.matchAll(/((?:'[^']*'?|"(?:[^"\\]|\\.)*"?|\\.|[^\s'"\\])+)/g))
    words.push(unquoted(word));
  if (/(?<!\\)\s$|^$/.test(line)) words.push('');
  return words;
}

/** What is being typed, without the flag before its `=`. */
export function currentValue(words: readonly string[]): string {
  return (words.at(-1) ?? '').replace(/^--[a-z-]+=/, '');
}

/** The configuration file that the line names. The shell has not made a path of `~/` yet. */
export function configOf(words: readonly string[], home: string | undefined): string | undefined {
  let config: string | undefined;
  for (const [index, word] of words.slice(0, -1).entries()) {
    const value = /^(?:--config=|-c(?=.))(.*)$/.exec(word)?.[1];
    if (value !== undefined) config = value;
    else if (word === '-c' || word === '--config') config = index + 1 < words.length - 1 ? words[index + 1] : undefined;
  }
  return home === undefined ? config : config?.replace(/^~(?=[/\\])/, () => home);
}

function unquoted(word: string): string {
  return word.replace(
    /'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.)/g,
    (_, single?: string, double?: string, plain?: string) => {
      return single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? plain ?? '';
    },
  );
}
