import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from './unknown.js';

/** Why no file can be made or written there, as the end of a sentence; undefined where it can. */
export function whyUnwritable(path: string): string | undefined {
  if (path === '-') return 'cannot be standard output, which carries the result';
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return 'is a folder';
    accessSync(found === undefined ? dirname(path) : path, constants.W_OK);
    return undefined;
  } catch (error) {
    return `cannot be written: ${reasonOf(error)}`;
  }
}
