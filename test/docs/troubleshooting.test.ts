import { expect, test } from 'vitest';
import { MISHAPS } from './mishaps.js';
import { PAGES } from './readme.js';

const [section = ''] = PAGES.get('src/cli/help/troubleshooting.md')?.split('## What is not there\n') ?? [];

/** What stands before the colon of each item: a message, or a code and its message. */
const messages = [...section.matchAll(/^- ((?:`[^`]+`[ \n]*)+):/gm)].map(([, spans = '']) =>
  [...spans.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span).join('…'),
);

test('every item is a message with what to do', () => {
  expect(messages.length).toBeGreaterThan(30);
  expect(messages).toHaveLength(section.match(/^- /gm)?.length ?? 0);
});

test('every message is printed by the program, and everything that is tried is told of', async () => {
  const outputs: [mishap: string, output: string][] = [];
  for (const [mishap, meet] of Object.entries(MISHAPS)) outputs.push([mishap, await meet()]);
  const isIn = (message: string, output: string): boolean => patternOf(message).test(output);
  const unheard = messages.filter((message) => !outputs.some(([, output]) => isIn(message, output)));
  expect(unheard).toEqual([]);
  const untold = outputs.filter(([, output]) => !messages.some((message) => isIn(message, output)));
  expect(untold).toEqual([]);
});

/** `…` stands for anything short; where a line is broken depends on the terminal. */
function patternOf(message: string): RegExp {
  const parts = message.split('…').map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.map((part) => part.replaceAll(/\s+/g, '\\s+')).join('.{1,400}?'));
}
