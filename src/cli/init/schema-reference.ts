import { existsSync } from 'node:fs';
import * as nodePath from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The schema that comes with this sfreplay. */
const OWN = fileURLToPath(new URL('../../schema.json', import.meta.url));

export interface Surroundings {
  readonly own: string;
  readonly isThere: (path: string) => boolean;
  readonly paths: nodePath.PlatformPath;
}

/**
 * Where an editor finds the JSON Schema of a configuration in this folder, without a network: in the nearest
 * `node_modules`, by a path that holds on other machines too, else in the sfreplay that runs. Undefined where that is
 * only passing through, as with `npx`.
 */
export function schemaReference(
  folder: string,
  { own, isThere, paths }: Surroundings = { own: OWN, isThere: existsSync, paths: nodePath },
): string | undefined {
  for (let above = folder; ; above = paths.dirname(above)) {
    const schema = paths.join(above, 'node_modules', 'sfreplay', 'dist', 'schema.json');
    if (isThere(schema)) return dotted(paths.relative(folder, schema).split(paths.sep).join('/'));
    if (paths.dirname(above) === above) break;
  }
  const isPassing = own.split(paths.sep).includes('_npx');
  return isPassing ? undefined : pathToFileURL(own, { windows: paths.sep === '\\' }).href;
}

/** `node_modules/…` could be taken for the name of a package. */
function dotted(path: string): string {
  return path.startsWith('.') ? path : `./${path}`;
}
