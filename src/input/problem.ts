import { reasonOf } from '../core/unknown.js';

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'no such file: a part of the path is not a folder',
  ELOOP: 'too many symbolic links',
  EIO: 'the device reports an input/output error',
  EMFILE: 'too many open files',
  ENXIO: 'no such device',
};

/** What the system says about a file, in words. */
export function describeProblem(error: unknown): string {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  return SENTENCES[code] ?? reasonOf(error);
}

/** How a file is called in a sentence. */
export function nameOf(path: string): string {
  if (path === '-') return 'standard input';
  return path === '' ? '""' : path;
}
