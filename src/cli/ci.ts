import { reasonOf } from '../core/unknown.js';
import { appendFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { jsonWithoutCommands, withoutCommands, workflowCommand, type Annotation } from '../report/annotations.js';
import { print, type Terminal } from './terminal.js';

/** A result as CI systems show it. */
export interface CiReport {
  readonly markdown: () => string;
  readonly annotations: () => readonly Annotation[];
}

type Surroundings = Pick<Terminal, 'environment' | 'cwd' | 'stderr'>;

/**
 * Where GitHub Actions is at work: appends the result to the summary of the step and annotates what went wrong. Neither is
 * the result itself: what cannot be written is told by `warn`.
 */
export async function reportToCi(
  report: CiReport,
  terminal: Surroundings,
  warn: (text: string) => void,
): Promise<void> {
  const path = terminal.environment.GITHUB_STEP_SUMMARY;
  if (path !== undefined && path !== '') {
    try {
      // Whatever stands there before may lack its last line end.
      await appendFile(resolve(terminal.cwd, path), `\n${report.markdown()}`);
    } catch (error) {
      warn(`The step summary cannot be written: ${reasonOf(error)}`);
    }
  }
  if (isOnGitHub(terminal.environment)) await annotate(report.annotations(), terminal);
}

/** On standard error, where GitHub reads commands as well: standard output carries the result alone. */
export async function annotate(annotations: readonly Annotation[], terminal: Surroundings): Promise<void> {
  const commands = annotations.map((one) => workflowCommand(placed(one, terminal)));
  // Where that cannot be written nobody is left to be told.
  await print(terminal.stderr, commands.join('')).catch(() => undefined);
}

/** Text as it may go to the log: foreign text must not give GitHub commands. */
export function forLog(text: string, environment: Terminal['environment'], kind: 'text' | 'json' = 'text'): string {
  if (!isOnGitHub(environment)) return text;
  return kind === 'json' ? jsonWithoutCommands(text) : withoutCommands(text);
}

export function isOnGitHub({ GITHUB_ACTIONS: github }: Terminal['environment']): boolean {
  return github === 'true';
}

/** GitHub knows files by their path in the repository. */
function placed(annotation: Annotation, { environment, cwd }: Surroundings): Annotation {
  const { source } = annotation;
  if (source === undefined) return annotation;
  const path = relative(environment.GITHUB_WORKSPACE ?? cwd, resolve(cwd, source.file));
  const isOutside = path.startsWith('..') || isAbsolute(path);
  return { ...annotation, source: { ...source, file: isOutside ? source.file : path.replaceAll(sep, '/') } };
}
