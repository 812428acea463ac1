import { expect, test } from 'vitest';
import { sfreplay } from '../cli/executable.js';
import { folderWith } from '../config/folder.js';
import { blocks } from './readme.js';

test('the output of the demo is what the program prints', async () => {
  const cwd = folderWith({});
  const { stdout } = await sfreplay(['demo'], { cwd, environment: { TMPDIR: cwd } });
  const shown = blocks('text').find((block) => block.includes('records written')) ?? '';
  const real = steady(stdout);
  // An ellipsis stands for what was left out.
  const parts = steady(shown).split(/\n *…\n/);
  expect(parts).toHaveLength(2);
  let from = 0;
  for (const part of parts) {
    const lines = part.replace(/^\n+/, '');
    expect(real.slice(from)).toContain(lines);
    from = real.indexOf(lines, from) + lines.length;
  }
});

/** The text without what differs from run to run: times, rates and the folder's name. */
function steady(text: string): string {
  return text
    .replace(/ in [\d.]+ (?:ms|s)\b/g, ' in TIME')
    .replace(/ +[\d.,]+\/s$/gm, ' RATE')
    .replace(/ +rate$/gm, ' rate')
    .replace(/\S*\/sfreplay-demo-\w+/g, 'FOLDER');
}
