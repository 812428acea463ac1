import { expect, test } from 'vitest';
import { README } from './readme.js';

/** As GitHub makes it from a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const prose = README.replaceAll(/^```.*?^```$/gms, '');
const headings = [...prose.matchAll(/^##+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
const links = [...prose.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = '']) => anchor);

test('every link within the page leads to a heading', () => {
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((link) => !headings.includes(link))).toEqual([]);
});

test('the contents name every section', () => {
  const contents = prose.slice(prose.indexOf('## Contents\n'), prose.indexOf('## Use\n'));
  const sections = [...prose.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
  const named = sections.filter((heading) => !['Install', 'Contents', 'Licence'].includes(heading));
  expect(named.filter((heading) => !contents.includes(`](#${anchorOf(heading)})`))).toEqual([]);
});
