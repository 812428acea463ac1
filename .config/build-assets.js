// What stands beside the built program: the pages of the reference, the completion scripts, what the emulator knows of
// sObjects, the manual page and the JSON Schema of the configuration.
import { copyFileSync, cpSync, writeFileSync } from 'node:fs';
import { addAllFlags } from '../dist/cli/flags.js';
import { TOPICS } from '../dist/cli/help/topics.js';
import { manPage } from '../dist/cli/man-page.js';
import { createProgram } from '../dist/cli/program.js';
import { configJsonSchema } from '../dist/config/keys.js';
import { readVersion } from '../dist/core/version.js';

const pages = TOPICS.map((topic) => `cli/help/${topic}.md`);
const completions = ['bash', 'zsh', 'fish'].map((shell) => `cli/completion/sfreplay.${shell}`);
for (const name of [...pages, ...completions]) {
  copyFileSync(new URL(`../src/${name}`, import.meta.url), new URL(`../dist/${name}`, import.meta.url));
}
cpSync(new URL('../src/emulator/data', import.meta.url), new URL('../dist/emulator/data', import.meta.url), {
  recursive: true,
});
const program = createProgram({}, readVersion(), () => undefined);
await addAllFlags(program);
const today = new Date().toISOString().slice(0, 10);
writeFileSync(new URL('../dist/sfreplay.1', import.meta.url), manPage(program, readVersion(), today));
writeFileSync(new URL('../dist/schema.json', import.meta.url), `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
