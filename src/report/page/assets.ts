import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What is made once, by the build (.config/build-page.js), and stands in every page. */
export interface Assets {
  readonly style: string;
  /** uPlot with its licence, and what draws with it. */
  readonly script: string;
}

/** The build puts them where the sources and what is built of them find them by the same path. */
export function readAssets(): Assets {
  const read = (name: string): string => readFileSync(new URL(`../../../dist/page/${name}`, import.meta.url), 'utf8');
  return { style: read('page.css'), script: read('page.js') };
}

/** Names the text in a content security policy, so that it alone may be run or applied. */
export function policyHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
