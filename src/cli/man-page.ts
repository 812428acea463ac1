import type { Command } from 'commander';
import { configKeys } from '../config/keys.js';
import { SEARCH_PLACES } from '../config/find-file.js';
import { wrap } from '../report/text-width.js';
import { exampleLines, type ExampleName } from './examples.js';
import { EXIT_MEANINGS } from '../core/exit-status.js';
import { readPage, type Block } from './help/pages.js';
import { TOPICS } from './help/topics.js';

/** What the program reads of the environment beside the keys of the configuration. */
const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['HTTPS_PROXY, NO_PROXY', 'the proxy for requests to the org, and the hosts that are reached without it'],
  ['NODE_EXTRA_CA_CERTS', 'a PEM file of further certificate authorities'],
  ['NO_COLOR, FORCE_COLOR', 'no colours, or colours where there is no terminal'],
  ['TMPDIR', 'where records wait for those that they depend on, and where the demo puts its files'],
  ['SFREPLAY_DEBUG', 'with 1, errors are shown with their stack and causes'],
];

const FILES: readonly (readonly [name: string, meaning: string])[] = [
  [
    'sfreplay-<run id>.failed.ndjson',
    'records that were not written, one line each with its error; --failures gives another name',
  ],
  ['FILE.retry-N.ndjson', 'what sfreplay retry FILE could not write'],
  ['FILE.lock', 'lock beside a journal FILE, there while a run uses it'],
];

/** The manual page in roff, made of what the help is made of. `date` is `YYYY-MM-DD`. */
export function manPage(program: Command, version: string, date: string): string {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((command) => command.name() !== 'help');
  const lines = [
    `.TH ${program.name().toUpperCase()} 1 "${date}" ${quoted(`${program.name()} ${version}`)}`,
    ...section('NAME', [text(`${program.name()} - ${sentence(program.description())}`)]),
    ...section(
      'SYNOPSIS',
      commands.flatMap((command, index) => [...(index === 0 ? [] : ['.br']), synopsis(command, program)]),
    ),
    ...section('DESCRIPTION', [text(program.description()), '.PP', text(INTRODUCTION)]),
    ...section('OPTIONS', optionLines(program)),
    ...section('COMMANDS', []),
    ...commands.flatMap((command) => [
      `.SS ${quoted(command.name())}`,
      text(command.description()),
      ...optionLines(command),
    ]),
    ...section(
      'EXIT STATUS',
      items(Object.entries(EXIT_MEANINGS).map(([status, meaning]) => [status, meaning.join('')])),
    ),
    ...section('ENVIRONMENT', items([...configVariables(), ...VARIABLES])),
    ...section('FILES', items([[SEARCH_PLACES.join(', '), CONFIG_FILES], ...FILES])),
    ...section('EXAMPLES', examples(commands.map((command) => command.name() as ExampleName))),
    ...TOPICS.flatMap((topic) => readPage(topic).flatMap(blockLines)),
  ];
  // A heading begins a paragraph by itself.
  return `${lines.join('\n')}\n`.replace(/^(\.S[HS] .*\n)\.PP\n/gm, '$1');
}

const INTRODUCTION =
  'Each line of the input names a Kafka topic and carries a record. The configuration says for each topic which sObject it ' +
  'is, which operation is done, and whether by sObject Collections or by Bulk API 2.0. Where no command is named, replay is ' +
  'meant. Standard output carries the result, standard error progress, warnings and errors.';

const CONFIG_FILES =
  'the configuration; the first of these that is found in the working folder or one above it, up to the root of the ' +
  'repository or the home folder. To write one: sfreplay init';

function configVariables(): [string, string][] {
  return configKeys().flatMap(({ key, variable, description }): [string, string][] =>
    variable === undefined ? [] : [[variable, `${key}: ${description.replaceAll('`', '')}`]],
  );
}

function synopsis(command: Command, program: Command): string {
  const words = program.createHelp().commandUsage(command).split(' ');
  return `.B ${escaped(words.slice(0, 2).join(' '))}\n${text(words.slice(2).join(' '))}`.trimEnd();
}

function optionLines(command: Command): string[] {
  const help = command.createHelp();
  return items(help.visibleOptions(command).map((option) => [help.optionTerm(option), help.optionDescription(option)]));
}

function examples(names: readonly ExampleName[]): string[] {
  const all = [...new Set(names.flatMap((name) => exampleLines(name)))];
  return ['.nf', ...all.map(verbatim), '.fi'];
}

/** A piece of a page of the reference, whose title is that of a section. */
function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
      return block.level === 1 ? section(block.text.toUpperCase(), []) : [`.SS ${quoted(block.text)}`];
    case 'code':
      // A blank line would end the paragraph.
      return ['.PP', '.nf', ...block.lines.map((line) => (line === '' ? String.raw`\&` : verbatim(line))), '.fi'];
    case 'table': {
      const [head = [], ...rows] = block.rows;
      const meaning = (row: readonly string[]): string =>
        row.flatMap((cell, i) => (i === 0 || cell === '' ? [] : [`${head[i] ?? ''}: ${cell}`])).join('; ');
      return items(rows.map((row) => [row[0] ?? '', meaning(row)]));
    }
    case 'text':
      return [block.marker === '' ? '.PP' : String.raw`.IP \(bu 2`, text(block.text)];
  }
}

function section(title: string, lines: readonly string[]): string[] {
  return [`.SH ${quoted(title)}`, ...lines];
}

function items(entries: readonly (readonly [term: string, meaning: string])[]): string[] {
  return entries.flatMap(([term, meaning]) => ['.TP', `.B ${escaped(term)}`, text(meaning)]);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`.replace(/\.$/, '');
}

/** A paragraph, in lines that are pleasant in an editor. */
function text(paragraph: string): string {
  return wrap(paragraph, 72).map(verbatim).join('\n');
}

/** A line as it is: roff takes one that begins with a point or a quote for a request. */
function verbatim(line: string): string {
  return escaped(line).replace(/^(?=[.'])/, String.raw`\&`);
}

function escaped(text: string): string {
  return text.replaceAll('\\', String.raw`\e`).replaceAll('-', String.raw`\-`);
}

/** An argument of a macro. */
function quoted(argument: string): string {
  return `"${escaped(argument).replaceAll('"', String.raw`\(dq`)}"`;
}
