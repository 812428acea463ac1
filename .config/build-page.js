// What stands in every page that --report writes, put together once: its style, and the script that draws its plots with
// uPlot. Both are inlined there, so that a page needs no network and the package no further dependency.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8').trim();

// Each page is a copy of uPlot, and so carries its licence.
const licence = `/*!\n${read('node_modules/uplot/LICENSE')}\n*/`;
const script = [licence, read('node_modules/uplot/dist/uPlot.iife.min.js'), read('src/report/page/browser/plots.js')];
const style = [read('node_modules/uplot/dist/uPlot.min.css'), read('src/report/page/browser/page.css')];

mkdirSync(new URL('dist/page/', root), { recursive: true });
for (const [name, parts] of Object.entries({ 'page.js': script, 'page.css': style })) {
  const text = `${parts.join('\n')}\n`;
  if (/<[/!]/.test(text)) throw new Error(`${name} would end the element that it stands in`);
  writeFileSync(new URL(`dist/page/${name}`, root), text);
}
