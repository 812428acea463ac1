import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEARCH_PLACES } from './places.js';
import { isObject } from './path.js';

/** What `sfreplay init` writes: a name that the search finds, in a form that takes comments. */
export const STARTER_FILE = '.sfreplayrc.yaml';

/** The configuration that the search would find in this very folder, by its name there; undefined when there is none. */
export function configFileIn(folder: string): string | undefined {
  return SEARCH_PLACES.find((place) => {
    const path = join(folder, place);
    return existsSync(path) && (place !== 'package.json' || hasConfig(path));
  });
}

function hasConfig(packageFile: string): boolean {
  try {
    const document: unknown = JSON.parse(readFileSync(packageFile, 'utf8'));
    return isObject(document) && document.sfreplay !== undefined;
  } catch {
    return false;
  }
}
