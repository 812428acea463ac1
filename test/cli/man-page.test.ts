import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { addAllFlags } from '../../src/cli/flags.js';
import { EXIT, EXIT_MEANINGS } from '../../src/core/exit-status.js';
import { manPage } from '../../src/cli/man-page.js';
import { createProgram } from '../../src/cli/program.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { folderWith } from '../config/folder.js';
import { sfreplay } from './executable.js';
import { hasProgram } from './completion/typist.js';

const BUILT = fileURLToPath(new URL('../../dist/sfreplay.1', import.meta.url));
const hasMandoc = hasProgram('mandoc');

describe('the manual page', () => {
  const page = readFileSync(BUILT, 'utf8').replaceAll('\\-', '-');
  const program = createProgram({} as Terminal, '0.0.0', () => undefined);
  beforeAll(() => addAllFlags(program));

  it('is there for every command and flag of the help, and for nothing that is hidden', () => {
    expect(page).toMatch(/^\.TH SFREPLAY 1 "\d{4}-\d{2}-\d{2}" "sfreplay \d+\.\d+\.\d+"\n/);
    for (const command of program.createHelp().visibleCommands(program)) {
      if (command.name() === 'help') continue;
      expect(page).toContain(`\n.SS "${command.name()}"\n`);
      for (const { flags } of command.options) expect(page).toContain(`\n.B ${flags}\n`);
    }
    expect(page).not.toContain('__complete');
  });

  it('has all statuses, variables, and an example of each command', async () => {
    for (const status of [...Object.values(EXIT), 1]) expect(Object.keys(EXIT_MEANINGS)).toContain(String(status));
    expect(page).toContain('\n.B 130\nstopped by SIGINT');
    expect(page).toContain('\n.B SALESFORCE_CLIENT_SECRET\nclient_secret: consumer secret of the app');
    const { stdout } = await sfreplay(['emulator', '--help'], { cwd: folderWith({}) });
    for (const [, example = ''] of stdout.matchAll(/^ {2}\$ (.*)$/gm)) expect(page).toContain(`\n${example}\n`);
  });

  const name = hasMandoc ? 'is good roff' : 'is good roff: left out, because mandoc is not installed';
  it.skipIf(!hasMandoc)(name, () => {
    const { status, stdout } = spawnSync('mandoc', ['-Tlint', '-Wwarning', BUILT], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    const shown = execFileSync('mandoc', ['-Thtml', BUILT]).toString();
    expect(shown).toContain('<b>sfreplay retry</b> [options] &lt;file&gt;');
    expect(shown).toContain('<b>-V, --version</b>');
  });

  it('shows as text what roff would obey', () => {
    const tricky = new Command('tricky').description(`Print a-b \\n "quoted".`);
    tricky.command('replay').description(`.SH no request`).option('--x', `'quoted`);
    const text = manPage(tricky, '1.0.0', '2026-01-05');
    expect(text).toContain('\n.SH "NAME"\ntricky \\- print a\\-b \\en "quoted"\n');
    expect(text).toContain('\n.SS "replay"\n\\&.SH no request\n');
    expect(text).toContain("\n.B \\-\\-x\n\\&'quoted\n");
  });
});
