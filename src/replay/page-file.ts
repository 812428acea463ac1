import { accessSync, constants, openSync, readSync, closeSync, statSync } from 'node:fs';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reasonOf } from '../core/unknown.js';
import { UsageError } from '../core/errors.js';

/** Throws `UsageError` where no page can be written, or something else than a page would be lost. */
export function refuseNoPage(path: string): void {
  const problem = whyUnwritable(path);
  if (problem !== undefined) throw new UsageError(`The report file ${path} ${problem}.`, { hint: HINT });
}

const HINT = 'Name a file, such as report.html, in a folder that exists and can be written to.';

/** Why no page can be put there, as the end of a sentence. */
function whyUnwritable(path: string): string | undefined {
  if (path === '-') return 'cannot be standard output, which carries the summary';
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return 'is a folder';
    accessSync(found === undefined ? dirname(path) : path, constants.W_OK);
    if (found?.isFile() !== true) return undefined;
    accessSync(dirname(path), constants.W_OK);
    return found.size > 0 && !isPage(path) ? 'exists and is not an HTML page; it would be overwritten' : undefined;
  } catch (error) {
    return `cannot be written: ${reasonOf(error)}`;
  }
}

function isPage(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(100);
    readSync(file, start);
    return /^\uFEFF?\s*(?:<!doctype html|<html)\b/i.test(start.toString());
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a page and writes it: the file is there whole, or as it was before. Never rejects: gives a warning where that fails.
 */
export async function writePage(
  path: string,
  runId: string,
  make: () => string | Promise<string>,
): Promise<string | undefined> {
  try {
    await replaceFile(path, await make(), runId);
    return undefined;
  } catch (error) {
    return `The report file ${path} cannot be written: ${reasonOf(error)}`;
  }
}

async function replaceFile(path: string, text: string, runId: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  // A pipe or a device is as good a place as a file, and is not to be replaced by one.
  if (found !== undefined && !found.isFile()) return writeFile(path, text);
  // What a link points to is replaced, not the link.
  const place = found === undefined ? path : await realpath(path);
  const temporary = `${place}.${runId}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', flush: true, mode: 0o600 });
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
