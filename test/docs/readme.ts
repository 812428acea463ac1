import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TOPICS } from '../../src/cli/help/topics.js';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** The front page and the pages of the reference, by their paths in the repository. */
export const PAGES: ReadonlyMap<string, string> = new Map(
  ['README.md', ...TOPICS.map((topic) => `src/cli/help/${topic}.md`)].map((path) => [
    path,
    readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'),
  ]),
);

/** All of them, the front page first. */
export const DOCS = [...PAGES.values()].join('\n');

/** The contents of their fenced blocks of one language, in order. */
export function blocks(language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...DOCS.matchAll(pattern)].map(([, content = '']) => content);
}

/** A `console` block: the command after its `$`, and what it prints. */
export function consoleBlock(start: string): { command: string; output: string } {
  const block = blocks('console').find((content) => content.startsWith(`$ ${start}`));
  if (block === undefined) throw new Error(`No page has a console block of ${start}.`);
  const end = block.indexOf('\n');
  return { command: block.slice(2, end), output: block.slice(end + 1) };
}
