import { existsSync } from 'node:fs';
import * as nodePath from 'node:path';

/** `failed.ndjson` → `failed.retry-1.ndjson` → `failed.retry-2.ndjson`: the first of these that nothing has. */
export function freeRetryName(
  path: string,
  isTaken: (path: string) => boolean = existsSync,
  paths: nodePath.PlatformPath = nodePath,
): string {
  // What is read may be compressed, what is written is not.
  const { root, dir, name, ext } = paths.parse(path.replace(/(?<=[^/\\])\.(?:gz|zst)$/i, ''));
  const [, stem = name, count = '0'] = /^(.*?)(?:\.retry-(\d{1,9}))?$/.exec(name) ?? [];
  for (let next = Number(count) + 1; ; next++) {
    const candidate = paths.format({ root, dir, base: `${stem}.retry-${next}${ext}` });
    if (!isTaken(candidate)) return candidate;
  }
}
