import { safeBlock, safeText } from './format.js';
import { maskSecrets } from '../core/secrets.js';
import { cutEnd } from './text-width.js';

/** Something that GitHub Actions shows beside a run or a file. Texts may be foreign and unmasked. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
  /** Where it is about a line of a file. */
  readonly source?: { readonly file: string; readonly line: number } | undefined;
}

const longestTitle = 200;
const longestMessage = 1_000;

/** The line of output by which GitHub Actions learns of it. */
export function workflowCommand({ level, title, message, source }: Annotation): string {
  const properties = [
    ...(source === undefined ? [] : [`file=${property(source.file)}`, `line=${source.line}`]),
    `title=${property(cutEnd(safeText(maskSecrets(title)), longestTitle))}`,
  ];
  return `::${level} ${properties.join(',')}::${data(cutEnd(safeBlock(maskSecrets(message)), longestMessage))}\n`;
}

/**
 * Text for a log that GitHub Actions reads: what looks like a command in it is none any more. Commands stand at the
 * beginning of a line (`::name::`) or, in their older form, anywhere (`##[name]`).
 */
export function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gmu, '$1: ').replaceAll('##[', '# #[');
}

/** The same for JSON text, which stays the same document. */
export function jsonWithoutCommands(json: string): string {
  return json.replaceAll('##[', String.raw`#\u0023[`);
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
