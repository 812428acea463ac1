import { accessSync, constants, readFileSync, statSync } from 'node:fs';

const MAX_SECRET_BYTES = 64 * 1024;

/** The secret that a file holds, without the line end that editors add; or why it cannot be had. */
export function readSecretFile(path: string): { readonly text: string } | { readonly problem: string } {
  const read = readTextFile(path);
  if ('problem' in read || !/[\r\n\0]/.test(read.text)) return read;
  return { problem: `expected a file that holds the secret alone; ${path} has several lines` };
}

/** Likewise where the secret may have several lines, as a PEM file has. */
export function readTextFile(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    const bytes = readFileSync(path);
    const text = bytes
      .subarray(0, MAX_SECRET_BYTES)
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    if (text === '') return { problem: `expected a file that holds the secret; ${path} is empty` };
    if (bytes.length <= MAX_SECRET_BYTES) return { text };
    return { problem: `expected a file that holds the secret alone; ${path} is too large for that` };
  } catch (error) {
    return { problem: unreadable(path, error) };
  }
}

/** Why a file cannot be read, or undefined when it can. */
export function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isDirectory() ? `${path} is a folder, not a file` : undefined;
  } catch (error) {
    return unreadable(path, error);
  }
}

/** What a system error says of a file, in words. */
export function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return `there is no file ${path}`;
  if (code === 'EISDIR') return `${path} is a folder, not a file`;
  if (code === 'EACCES' || code === 'EPERM') return `${path} may not be read: permission denied`;
  if (code === 'ENOTDIR') return `there is no file ${path}: a part of the path is not a folder`;
  return `${path} cannot be read (${code === '' ? String(error) : code})`;
}
