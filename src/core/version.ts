import { readFileSync } from 'node:fs';

/** The version in package.json, which stands beside the built files in a checkout and in the published package alike. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
