import { inspect } from 'node:util';
import { SfreplayError, type ConfigIssue } from '../core/errors.js';
import { formatCount, harmless, safeBlock } from './format.js';
import { paintFor, type Paint } from './paint.js';
import { maskSecrets } from '../core/secrets.js';
import { hang, padEnd, widthOf } from './text-width.js';

const WIDEST_PATH = 40;
const MOST_ISSUES = 20;
const MOST_CAUSES = 5;

interface ErrorTextOptions {
  readonly color: boolean;
  /** With the stack and the causes. */
  readonly debug: boolean;
  /** Columns of a terminal, where lines are broken between words; without end elsewhere. */
  readonly width?: number;
}

/**
 * What ended the program, for the person who has to act on it: a sentence, every mistake of a configuration, and a hint.
 * Anything that is not an `SfreplayError` is a bug and called one. Ends with a newline.
 */
export function formatError(error: unknown, { color, debug, width = Infinity }: ErrorTextOptions): string {
  const paint = paintFor(color);
  const label = `sfreplay: ${paint.red('error:')} `;
  const lines =
    error instanceof SfreplayError
      ? [
          ...hang(label, harmless(error.headline), width),
          ...issueLines(error.issues, paint, width),
          ...hintLines(error.hint, paint, width),
        ]
      : [
          ...hang(label, harmless(messageOf(error)), width),
          '  This is a bug in sfreplay.',
          ...(debug ? [] : ['  Set SFREPLAY_DEBUG=1 to see where it happened.']),
        ];
  if (debug) lines.push(paint.dim(safeBlock(maskSecrets(stackOf(error)))));
  return `${lines.join('\n')}\n`;
}

/** Those of one origin stand together, below its name. Of very many the first tell enough. */
function issueLines(issues: readonly ConfigIssue[], paint: Paint, width: number): string[] {
  const byOrigin = new Map<string, ConfigIssue[]>();
  for (const issue of issues.slice(0, MOST_ISSUES)) {
    const origin = issue.origin ?? '';
    byOrigin.set(origin, [...(byOrigin.get(origin) ?? []), issue]);
  }
  const lines = [...byOrigin].flatMap(([origin, group]) => {
    const indent = origin === '' ? '  ' : '    ';
    const paths = group.map(({ path }) => harmless(path));
    const pathWidth = paths.reduce((widest, path) => Math.max(widest, Math.min(WIDEST_PATH, widthOf(path))), 0);
    const told = group.flatMap(({ message }, index) => {
      const path = paths[index] ?? '';
      const shown = path === '' ? '' : `${padEnd(path, pathWidth)}  `;
      const inner = indent.length + Math.min(widthOf(shown), WIDEST_PATH + 2);
      return hang(indent + paint.cyan(shown), harmless(message), width, inner);
    });
    return origin === '' ? told : [`  ${paint.dim(`in ${harmless(origin)}:`)}`, ...told];
  });
  const more = issues.length - MOST_ISSUES;
  return more <= 0 ? lines : [...lines, `  … and ${formatCount(more)} more`];
}

/** Further lines are commands and lists, which are left as they are. */
function hintLines(hint: string | undefined, paint: Paint, width: number): string[] {
  if (hint === undefined) return [];
  const [first = '', ...rest] = safeBlock(maskSecrets(hint)).split('\n');
  return [...hang(`  ${paint.dim('hint:')} `, first, width), ...rest.map((line) => `        ${line}`)];
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `something was thrown that is not an error: ${describe(error)}`;
  const [inner] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return error.message || (inner === undefined ? error.name : messageOf(inner));
}

function stackOf(error: unknown): string {
  const stacks: string[] = [];
  let one: unknown = error;
  while (one !== undefined && stacks.length < MOST_CAUSES) {
    stacks.push(one instanceof Error ? (one.stack ?? `${one.name}: ${one.message}`) : describe(one));
    one = one instanceof Error ? one.cause : undefined;
  }
  return stacks.join('\ncaused by ');
}

function describe(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 1 });
}
