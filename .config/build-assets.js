// What is made of the built program: the manual page and the JSON Schema of the configuration.
import { writeFileSync } from 'node:fs';
import { addAllFlags } from '../dist/cli/flags.js';
import { manPage } from '../dist/cli/man-page.js';
import { createProgram } from '../dist/cli/program.js';
import { configJsonSchema } from '../dist/config/keys.js';
import { readVersion } from '../dist/core/version.js';

const program = createProgram({}, readVersion(), () => undefined);
await addAllFlags(program);
const today = new Date().toISOString().slice(0, 10);
writeFileSync(new URL('../dist/sfreplay.1', import.meta.url), manPage(program, readVersion(), today));
writeFileSync(new URL('../dist/schema.json', import.meta.url), `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
