import { posix, win32 } from 'node:path';
import { expect, it } from 'vitest';
import { shownPath, stopFolder } from '../../src/config/find-file.js';

it.each([
  ['/srv/app/.sfreplayrc', '/srv/app', '.sfreplayrc'],
  ['/srv/.config/sfreplayrc', '/srv/app', '../.config/sfreplayrc'],
  ['/etc/sfreplayrc', '/srv/app', '/etc/sfreplayrc'],
])('%s is shown in %s as %s', (path, cwd, shown) => {
  expect(shownPath(path, cwd, posix)).toBe(shown);
});

it.each([
  [String.raw`C:\work\app\.sfreplayrc`, String.raw`c:\Work\app`, '.sfreplayrc'],
  [String.raw`C:\work\.sfreplayrc`, String.raw`C:\work\app`, String.raw`..\.sfreplayrc`],
  [String.raw`C:\etc\.sfreplayrc`, String.raw`C:\work\app`, String.raw`C:\etc\.sfreplayrc`],
  [String.raw`D:\.sfreplayrc`, String.raw`C:\work\app`, String.raw`D:\.sfreplayrc`],
])('on Windows %s is shown in %s as %s', (path, cwd, shown) => {
  expect(shownPath(path, cwd, win32)).toBe(shown);
});

it.each([
  ['/home/me/srv/app', '/home/me', [], '/home/me'],
  ['/home/me/srv/app', '/home/me', ['/home/me/srv/.git'], '/home/me/srv'],
  ['/srv/app', '/home/me', [], '/'],
])('a search that begins in %s, at home in %s, with %j ends in %s', (cwd, home, files, end) => {
  expect(stopFolder(cwd, home, (path) => files.includes(path), posix)).toBe(end);
});

it.each([
  [String.raw`c:\users\me\work`, String.raw`C:\Users\me`, String.raw`c:\users\me`],
  [String.raw`D:\work\app`, String.raw`C:\Users\me`, 'D:\\'],
])('on Windows a search that begins in %s, at home in %s, ends in %s', (cwd, home, end) => {
  expect(stopFolder(cwd, home, () => false, win32)).toBe(end);
});
