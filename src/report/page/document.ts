import { readVersion } from '../../core/version.js';
import { policyHash, type Assets } from './assets.js';
import { markup, Markup, type Part } from './markup.js';
import { linkTo, sectionMarkup, type Section } from './section.js';

export interface HtmlDocument extends Pick<Assets, 'style'> {
  readonly runId: string;
  readonly title: string;
  readonly heading: Part;
  /** Below the heading. */
  readonly about?: Markup | undefined;
  /** What stands above the sections. */
  readonly lead: Markup | undefined;
  readonly sections: readonly Section[];
  /** Of whom the page may be shown to. */
  readonly note: string;
  /** Undefined where nothing moves. */
  readonly script?: string | undefined;
}

/** One HTML document that needs nothing else and no network, and runs its own script alone. */
export function htmlDocument({
  runId,
  title,
  heading,
  about,
  lead,
  sections,
  note,
  style,
  script,
}: HtmlDocument): string {
  const policy = [
    `default-src 'none'`,
    `script-src ${script === undefined ? "'none'" : policyHash(script)}`,
    `style-src ${policyHash(style)}`,
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} – sfreplay</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<p class="run">sfreplay <code>${runId}</code></p>
<h1>${heading}</h1>
${about}<nav aria-label="Sections"><ul>
${sections.map(linkTo)}</ul></nav>
</header>
<main>
${lead}
${sections.map(sectionMarkup)}</main>
<footer><p>Made by sfreplay ${readVersion()}. ${note}</p></footer>
${script === undefined ? undefined : markup`<script>${new Markup(script)}</script>`}
</body>
</html>
`.text;
}
