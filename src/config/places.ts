import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import * as nodePath from 'node:path';

/** Where a configuration is looked for in each folder, in this order. */
export const SEARCH_PLACES = [
  'package.json',
  ...['', '.json', '.yaml', '.yml', '.js', '.mjs', '.cjs'].map((ending) => `.sfreplayrc${ending}`),
  ...['', '.json', '.yaml', '.yml', '.js', '.mjs', '.cjs'].map((ending) => `.config/sfreplayrc${ending}`),
  ...['.js', '.mjs', '.cjs'].map((ending) => `sfreplay.config${ending}`),
];

/** A file as the user would name it from the working folder. */
export function shownPath(path: string, cwd: string, paths: nodePath.PlatformPath = nodePath): string {
  const short = paths.relative(cwd, path);
  return short.startsWith(`..${paths.sep}..`) ? path : short;
}

/** The last folder that is searched on the way up: the home folder, the repository's root, or the topmost of all. */
export function stopFolder(
  cwd: string,
  home: string = homedir(),
  isThere: (path: string) => boolean = existsSync,
  paths: nodePath.PlatformPath = nodePath,
): string {
  for (let folder = cwd; ; folder = paths.dirname(folder)) {
    // Not compared letter by letter: Windows writes the same folder in several ways.
    const isHome = paths.relative(folder, home) === '';
    if (isHome || isThere(paths.join(folder, '.git')) || paths.dirname(folder) === folder) return folder;
  }
}
