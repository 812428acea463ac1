import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

export const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The contents of the README's fenced blocks of one language, in order. */
export function blocks(language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...README.matchAll(pattern)].map(([, content = '']) => content);
}

/** A `console` block: the command after its `$`, and what it prints. */
export function consoleBlock(start: string): { command: string; output: string } {
  const block = blocks('console').find((content) => content.startsWith(`$ ${start}`));
  if (block === undefined) throw new Error(`The README has no console block of ${start}.`);
  const end = block.indexOf('\n');
  return { command: block.slice(2, end), output: block.slice(end + 1) };
}
