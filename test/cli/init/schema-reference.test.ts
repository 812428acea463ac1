import { posix, win32 } from 'node:path';
import { expect, it } from 'vitest';
import { schemaReference } from '../../../src/cli/commands/init.js';

it.each([
  ['here', ['/srv/app/node_modules/sfreplay/dist/schema.json'], './node_modules/sfreplay/dist/schema.json'],
  ['above', ['/srv/node_modules/sfreplay/dist/schema.json'], '../node_modules/sfreplay/dist/schema.json'],
  [
    'both',
    ['/srv/node_modules/sfreplay/dist/schema.json', '/srv/app/node_modules/sfreplay/dist/schema.json'],
    './node_modules/sfreplay/dist/schema.json',
  ],
  ['elsewhere', ['/usr/lib/node_modules/sfreplay/dist/schema.json'], undefined],
])('an sfreplay that is installed %s', (_, files, reference) => {
  expect(schemaReference('/srv/app', (path) => files.includes(path), posix)).toBe(reference);
});

it('paths of Windows become those of a URL', () => {
  const there = String.raw`C:\work\node_modules\sfreplay\dist\schema.json`;
  const at = (isThere: (path: string) => boolean) => schemaReference(String.raw`C:\work\my app`, isThere, win32);
  expect(at((path) => path === there)).toBe('../node_modules/sfreplay/dist/schema.json');
  expect(at(() => false)).toBeUndefined();
});
