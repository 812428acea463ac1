import { configJsonSchema } from '../../config/json-schema.js';
import { EXIT } from '../exit-status.js';
import { print, type Terminal } from '../terminal.js';

/** Prints the JSON Schema of the configuration. Returns the exit status. */
export async function runSchema({ stdout }: Terminal): Promise<number> {
  await print(stdout, `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
  return EXIT.ok;
}
