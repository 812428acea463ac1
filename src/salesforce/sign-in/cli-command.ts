import { stripVTControlCharacters } from 'node:util';
import { excerpt } from '../error-body.js';
import { runProgram, type ProgramMeans } from './program.js';

export type CliMeans = ProgramMeans;

/** What a command of the Salesforce CLI came to; all words are its own. */
export type CliReply =
  | { readonly kind: 'done'; readonly result: Readonly<Record<string, unknown>> }
  /** It answered, and said why not. */
  | { readonly kind: 'failed'; readonly words: string }
  /** It did not answer in time, or with far too much. */
  | { readonly kind: 'late'; readonly words: string }
  /** It answered with something else: an older version does so to a command that it does not have. */
  | { readonly kind: 'unreadable'; readonly words: string };

/** Runs a command with `--json`. Undefined: the program is not installed. Rejects with the signal's reason once it is aborted. */
export async function runCli(
  program: string,
  words: readonly string[],
  means: CliMeans,
): Promise<CliReply | undefined> {
  const env = {
    ...means.env,
    // Colours would be in the JSON, too; and sfdx writes errors to standard error unless told.
    FORCE_COLOR: '0',
    SFDX_JSON_TO_STDOUT: 'true',
  };
  const ended = await runProgram(program, words, { ...means, env });
  if (ended === undefined) return undefined;
  if (ended.kind === 'stopped') return { kind: 'late', words: ended.words };
  return readReply([program, ...words].join(' '), ended.stdout, ended.stderr);
}

/** Reads what a command wrote. Warnings may stand around the document. */
export function readReply(command: string, stdout: string, stderr: string): CliReply {
  const document = findDocument(stdout) ?? findDocument(stderr);
  if (document === undefined) {
    const said = excerpt(stripVTControlCharacters(`${stdout}\n${stderr}`));
    return { kind: 'unreadable', words: `${command} answers ${said === '' ? 'nothing' : said}` };
  }
  const { status, result, name, message } = document;
  if (status === 0 && isObject(result)) return { kind: 'done', result };
  const words = [name, message].filter((text) => typeof text === 'string' && text !== '').join(': ');
  // As sfdx says it of a command that it does not have.
  const isUnknown = /\bcommand\b.*\bnot found\b|\bis not an? (?:sf|sfdx) command\b/i.test(words);
  return {
    kind: isUnknown ? 'unreadable' : 'failed',
    words: excerpt(words === '' ? `status ${String(status)}` : words),
  };
}

function findDocument(output: string): Record<string, unknown> | undefined {
  const text = stripVTControlCharacters(output);
  for (let start = text.search(/^\s*\{/m); start >= 0;) {
    const end = text.lastIndexOf('}');
    const document = parseObject(text.slice(start, end + 1));
    if (document !== undefined) return document;
    const next = text.slice(start + 1).search(/^\{/m);
    start = next < 0 ? -1 : start + 1 + next;
  }
  return undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
