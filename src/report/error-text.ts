import { inspect } from 'node:util';
import { ConfigError, SfreplayError, type ConfigIssue } from '../errors.js';
import { safeBlock, safeText } from './format.js';
import { paintFor, type Paint } from './paint.js';
import { maskSecrets } from './secrets.js';
import { padEnd, widthOf } from './text-width.js';

export interface ErrorTextOptions {
  readonly color: boolean;
  /** With the stack and the causes. */
  readonly debug: boolean;
}

/**
 * What ended the program, for the person who has to act on it: a sentence, every mistake of a configuration, and a hint.
 * Anything that is not an `SfreplayError` is a bug and called one. Ends with a newline.
 */
export function formatError(error: unknown, { color, debug }: ErrorTextOptions): string {
  const paint = paintFor(color);
  const label = `sfreplay: ${paint.red('error:')}`;
  const lines =
    error instanceof SfreplayError
      ? [
          `${label} ${harmless(error.message)}`,
          ...(error instanceof ConfigError ? issueLines(error.issues, paint) : []),
          ...hintLines(error.hint, paint),
        ]
      : [`${label} ${harmless(messageOf(error))}`, ...bugLines(debug)];
  if (debug) lines.push(paint.dim(safeBlock(maskSecrets(stackOf(error)))));
  return `${lines.join('\n')}\n`;
}

const widestPath = 40;
const mostCauses = 5;

function harmless(text: string): string {
  return safeText(maskSecrets(text));
}

/** Those of one origin stand together, below its name. */
function issueLines(issues: readonly ConfigIssue[], paint: Paint): string[] {
  const byOrigin = new Map<string, ConfigIssue[]>();
  for (const issue of issues) {
    const origin = issue.origin ?? '';
    byOrigin.set(origin, [...(byOrigin.get(origin) ?? []), issue]);
  }
  return [...byOrigin].flatMap(([origin, group]) => {
    const paths = group.map(({ path }) => safeText(path));
    const pathWidth = paths.reduce((widest, path) => Math.max(widest, Math.min(widestPath, widthOf(path))), 0);
    const lines = group.map(({ message }, index) => {
      const path = paths[index] ?? '';
      return `${path === '' ? '' : `${paint.cyan(padEnd(path, pathWidth))}  `}${harmless(message)}`;
    });
    if (origin === '') return lines.map((line) => `  ${line}`);
    return [`  ${paint.dim(`in ${harmless(origin)}:`)}`, ...lines.map((line) => `    ${line}`)];
  });
}

function hintLines(hint: string | undefined, paint: Paint): string[] {
  if (hint === undefined) return [];
  const [first = '', ...rest] = safeBlock(maskSecrets(hint)).split('\n');
  return [`  ${paint.dim('hint:')} ${first}`, ...rest.map((line) => `        ${line}`)];
}

function bugLines(debug: boolean): string[] {
  return ['  This is a bug in sfreplay.', ...(debug ? [] : ['  Set SFREPLAY_DEBUG=1 to see where it happened.'])];
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `something was thrown that is no error: ${describe(error)}`;
  const [inner] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return error.message || (inner === undefined ? error.name : messageOf(inner));
}

function stackOf(error: unknown): string {
  const stacks: string[] = [];
  let one: unknown = error;
  while (one !== undefined && stacks.length < mostCauses) {
    stacks.push(one instanceof Error ? (one.stack ?? `${one.name}: ${one.message}`) : describe(one));
    one = one instanceof Error ? one.cause : undefined;
  }
  return stacks.join('\ncaused by ');
}

function describe(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 1 });
}
