import { describe, expect, it } from 'vitest';
import { refuseMisspeltCommand, createProgram } from '../../src/cli/program.js';
import type { Terminal } from '../../src/cli/terminal.js';

const commands = createProgram({} as Terminal, '0.0.0', () => undefined)
  .commands.map((command) => command.name())
  .filter((name) => !name.startsWith('__'));

describe('refuseMisspeltCommand', () => {
  it.each(commands)('knows the command %s', (command) => {
    const misspelt = `${command.slice(0, -1)}x`;
    expect(() => refuseMisspeltCommand([misspelt], commands)).toThrow(
      expect.objectContaining({
        hint: `Did you mean "sfreplay ${command}"? The command comes before its flags.`,
      }),
    );
  });

  it.each([[[]], [['-']], [['test']], [['dump.ndjson']], [['./chekc']], [['accounts']], [['x.ndjson', 'chekc']]])(
    'has nothing against %j',
    (files) => {
      expect(() => refuseMisspeltCommand(files, commands)).not.toThrow();
    },
  );
});
