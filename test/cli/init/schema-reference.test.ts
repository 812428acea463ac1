import { posix, win32 } from 'node:path';
import { expect, it } from 'vitest';
import { schemaReference } from '../../../src/cli/init/schema-reference.js';

const own = '/usr/lib/node_modules/sfreplay/dist/schema.json';

it.each([
  ['here', ['/srv/app/node_modules/sfreplay/dist/schema.json'], './node_modules/sfreplay/dist/schema.json'],
  ['above', ['/srv/node_modules/sfreplay/dist/schema.json'], '../node_modules/sfreplay/dist/schema.json'],
  [
    'both',
    ['/srv/node_modules/sfreplay/dist/schema.json', '/srv/app/node_modules/sfreplay/dist/schema.json'],
    './node_modules/sfreplay/dist/schema.json',
  ],
  ['elsewhere', [], 'file:///usr/lib/node_modules/sfreplay/dist/schema.json'],
])('an sfreplay that is installed %s', (_, files, reference) => {
  const isThere = (path: string): boolean => files.includes(path);
  expect(schemaReference('/srv/app', { own, isThere, paths: posix })).toBe(reference);
});

it('an sfreplay that npx has fetched for one call is not named', () => {
  const passing = '/home/me/.npm/_npx/1a2b/node_modules/sfreplay/dist/schema.json';
  expect(schemaReference('/srv', { own: passing, isThere: () => false, paths: posix })).toBeUndefined();
});

it('paths of Windows become those of a URL', () => {
  const there = String.raw`C:\work\node_modules\sfreplay\dist\schema.json`;
  const folder = String.raw`C:\work\my app`;
  const at = (isThere: (path: string) => boolean) =>
    schemaReference(folder, { own: String.raw`C:\Program Files\sfreplay\dist\schema.json`, isThere, paths: win32 });
  expect(at((path) => path === there)).toBe('../node_modules/sfreplay/dist/schema.json');
  expect(at(() => false)).toBe('file:///C:/Program%20Files/sfreplay/dist/schema.json');
});
