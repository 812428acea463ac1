import { readVersion } from '../../version.js';
import { stoppedText, writtenText } from '../verdict.js';
import { policyHash, readAssets } from './assets.js';
import { errors } from './errors.js';
import { apiUse, droppedFields, runFacts } from './facts.js';
import { bulkJobs } from './jobs.js';
import { markup, Markup } from './markup.js';
import { outcomes } from './outcomes.js';
import { overTime } from './over-time.js';
import { replaying } from './replaying.js';
import type { RunPage } from './run-page.js';
import { linkTo, sectionMarkup } from './section.js';
import { topicsTable } from './topics.js';

/** The page about a run: one HTML document that needs nothing else, no network, and scripts for its plots alone. */
export function formatPage(page: RunPage): string {
  const { summary, settings, history } = page;
  const { style, script } = readAssets();
  const sections = [
    replaying(page),
    topicsTable(summary, settings.mappings),
    errors(page),
    overTime(history),
    bulkJobs(page),
    droppedFields(page),
    apiUse(page),
    runFacts(page),
  ].filter((section) => section !== undefined);
  const stopped = stoppedText(summary);
  const policy = [
    `default-src 'none'`,
    `script-src ${policyHash(script)}`,
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
<title>${stopped ?? writtenText(summary)} – sfreplay</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<p class="run">sfreplay <code>${summary.run.id}</code></p>
<h1>${stopped === undefined ? undefined : markup`<span class="stopped">${stopped}</span> `}${writtenText(summary)}</h1>
<nav aria-label="Sections"><ul>
${sections.map(linkTo)}</ul></nav>
</header>
<main>
${outcomes(summary)}
${sections.map(sectionMarkup)}</main>
<footer><p>Made by sfreplay ${readVersion()}. It may hold what failed records hold: share it as you would share them.</p></footer>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}
