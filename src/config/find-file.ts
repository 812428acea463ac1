import { reasonOf } from '../core/unknown.js';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import * as nodePath from 'node:path';
import { basename, extname, resolve } from 'node:path';
import { cosmiconfig, type Loader } from 'cosmiconfig';
import { unreadable } from './files.js';
import { DocumentError } from './tree.js';
import { ConfigError } from '../core/errors.js';

/** A configuration file that was read. */
export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** As the user would name it. */
  readonly shown: string;
  /** Undefined for an empty file. */
  readonly document: unknown;
}

const loadText: Loader = (_, content) => parseText(content);
/** Most of them know nothing of sfreplay, and to parse one takes longer than to look. */
const loadJson: Loader = (path, content) =>
  basename(path) === 'package.json' && !content.includes('sfreplay') ? {} : parseText(content);
/** The thread that runs it is made only where there is something to run. */
const loadScript: Loader = async (path) => {
  const { loadJavaScript } = await import('./javascript.js');
  return loadJavaScript(realpathSync(path));
};
const LOADERS: Readonly<Record<string, Loader>> = {
  '.json': loadJson,
  '.yaml': loadText,
  '.yml': loadText,
  noExt: loadText,
  '.js': loadScript,
  '.mjs': loadScript,
  '.cjs': loadScript,
};

/**
 * Looks for a configuration in a folder and those above it, up to the repository's root or the home folder.
 * Throws `ConfigError` when the one found cannot be read. `loaders` take the place of the usual ones.
 */
export async function searchConfigFile(cwd: string, loaders = LOADERS): Promise<ConfigFile | undefined> {
  const explorer = cosmiconfig('sfreplay', {
    searchPlaces: SEARCH_PLACES,
    loaders: { ...LOADERS, ...loaders },
    searchStrategy: 'global',
    stopDir: stopFolder(cwd),
    // An empty file that was found is a mistake to tell of, not one to pass over.
    ignoreEmptySearchPlaces: false,
    cache: false,
  });
  try {
    const found = await explorer.search(cwd);
    return found === null ? undefined : configFile(found.filepath, cwd, found.config);
  } catch (error) {
    throw unusable(error, pathOf(error) ?? cwd, cwd);
  }
}

/**
 * Reads the file that the user named. What has no known ending is read as YAML. Throws `ConfigError`. `loaders` take the
 * place of the usual ones.
 */
export async function readConfigFile(named: string, cwd: string, loaders = LOADERS): Promise<ConfigFile> {
  const path = resolve(cwd, named);
  try {
    if (!Object.hasOwn(LOADERS, extname(path)))
      return configFile(path, cwd, await parseText(readFileSync(path, 'utf8')));
    const loaded = await cosmiconfig('sfreplay', { loaders: { ...LOADERS, ...loaders }, cache: false }).load(path);
    return configFile(path, cwd, loaded?.config);
  } catch (error) {
    throw unusable(error, path, cwd);
  }
}

/** The parser is loaded only where there is something to parse. */
async function parseText(content: string): Promise<unknown> {
  const { parseConfigText } = await import('./document.js');
  return parseConfigText(content);
}

function configFile(path: string, cwd: string, document: unknown): ConfigFile {
  return { path, shown: shownPath(path, cwd), document };
}

function unusable(error: unknown, path: string, cwd: string): ConfigError {
  const shown = shownPath(path, cwd);
  const isSystemError = error instanceof Error && 'syscall' in error;
  const reason = isSystemError ? unreadable(shown, error) : reasonOf(error);
  const hint = isSystemError ? 'Name a configuration file with --config FILE.' : undefined;
  const message = isSystemError ? `Cannot read the configuration: ${reason}.` : `Cannot understand ${shown}: ${reason}`;
  // What a DocumentError says is all there is to say; an error thrown by a .js file has a stack that helps its author.
  return new ConfigError(message, [], { hint, cause: error instanceof DocumentError ? error.cause : error });
}

function pathOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('filepath' in error && typeof error.filepath === 'string') return error.filepath;
  return 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

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
