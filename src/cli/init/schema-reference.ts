import { existsSync } from 'node:fs';
import * as nodePath from 'node:path';

/**
 * Where an editor finds the JSON Schema of a configuration in this folder, without a network: in the nearest
 * `node_modules`, by a path that holds on other machines too. Undefined where no sfreplay is installed there.
 */
export function schemaReference(
  folder: string,
  isThere: (path: string) => boolean = existsSync,
  paths: nodePath.PlatformPath = nodePath,
): string | undefined {
  for (let above = folder; ; above = paths.dirname(above)) {
    const schema = paths.join(above, 'node_modules', 'sfreplay', 'dist', 'schema.json');
    if (isThere(schema)) return dotted(paths.relative(folder, schema).split(paths.sep).join('/'));
    if (paths.dirname(above) === above) return undefined;
  }
}

/** `node_modules/…` could be taken for the name of a package. */
function dotted(path: string): string {
  return path.startsWith('.') ? path : `./${path}`;
}
