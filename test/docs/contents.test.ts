import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TOPICS } from '../../src/cli/help/topics.js';
import { sfreplay } from '../cli/executable.js';
import { folderWith } from '../config/folder.js';
import { PAGES } from './readme.js';

/** As GitHub makes it from a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const proseOf = (path: string): string => (PAGES.get(path) ?? '').replaceAll(/^```.*?^```$/gms, '');
const anchorsOf = (path: string): string[] =>
  [...proseOf(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

test.each([...PAGES.keys()])('every link of %s leads to a page, and to a heading of it', (path) => {
  const links = [...proseOf(path).matchAll(/\]\((?!https:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = links.filter(([, to = '', anchor]) => {
    const target = to === '' ? path : posix.join(posix.dirname(path), to);
    if (!PAGES.has(target)) return target !== 'LICENSE';
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test('the front page is short, and leads to every page', () => {
  const front = PAGES.get('README.md') ?? '';
  expect(front.split('\n').length).toBeLessThanOrEqual(301);
  for (const topic of TOPICS) expect(front).toContain(`[${topic}](src/cli/help/${topic}.md)`);
});

describe('sfreplay help', () => {
  test.each(TOPICS)('%s shows the page', async (topic) => {
    const { status, stdout, stderr } = await sfreplay(['help', topic], { cwd: folderWith({}) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [title = '', ...headings] = [...proseOf(`src/cli/help/${topic}.md`).matchAll(/^#+ (.*)$/gm)].map(
      ([, heading = '']) => heading,
    );
    expect(stdout.split('\n')[0]).toBe(title.toUpperCase());
    for (const heading of headings) expect(stdout).toContain(`\n${heading.replaceAll(/\[|\]\(.*\)/g, '')}\n`);
    expect(stdout).not.toMatch(/^```|^\||\]\(/m);
  });
});
