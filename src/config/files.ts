import { accessSync, constants, readFileSync, statSync } from 'node:fs';

const MAX_SECRET_BYTES = 64 * 1024;

/** The secret that a file holds, without the line end that editors add; or why it cannot be had. */
export function readSecretFile(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    const bytes = readFileSync(path);
    const text = bytes.subarray(0, MAX_SECRET_BYTES).toString('utf8').trim();
    if (text === '') return { problem: `expected a file that holds the secret; ${path} is empty` };
    const isOneLine = bytes.length <= MAX_SECRET_BYTES && !/[\r\n\0]/.test(text);
    return isOneLine ? { text } : { problem: `expected a file that holds the secret alone; ${path} has several lines` };
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
