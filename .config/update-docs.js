// Writes into the reference what the program says of itself: each help text that is shown, and the table of keys.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { configKeys } from '../dist/config/keys.js';

const PAGE = fileURLToPath(new URL('../src/cli/help/configuration.md', import.meta.url));
const EXECUTABLE = fileURLToPath(new URL('../bin/sfreplay.js', import.meta.url));

const options = await prettier.resolveConfig(PAGE);
const updated = withKeys(withHelp(readFileSync(PAGE, 'utf8')));
writeFileSync(PAGE, await prettier.format(updated, { ...options, filepath: PAGE }));

/** Every `console` block whose command asks for help. */
function withHelp(text) {
  const empty = mkdtempSync(join(tmpdir(), 'sfreplay-docs-'));
  try {
    return text.replace(/^```console\n\$ (sfreplay(?: [^\n]*)? --help)\n.*?^```$/gms, (_, command) => {
      const words = command.split(' ').slice(1);
      const help = execFileSync(process.execPath, [EXECUTABLE, ...words], { cwd: empty, encoding: 'utf8' });
      return `\`\`\`console\n$ ${command}\n${help}\`\`\``;
    });
  } finally {
    rmSync(empty, { recursive: true });
  }
}

/** The rows of the table whose first column is `key`. */
function withKeys(text) {
  const rows = configKeys().map(({ key, type, default: value, description }) => {
    const cells = [`\`${key}\``, type, value === undefined ? '' : `\`${value}\``, description];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  });
  return text.replace(/^(\| key .*\n\|[ -|]*\n)(?:\|.*\n)+/m, (_, head) => head + rows.join(''));
}
