import type { Summary, Totals } from '../../accounting/summary.js';
import { formatCount } from '../format.js';
import { markup, type Markup } from './markup.js';

/** How the lines ended: a bar, and what it is made of. Undefined where no line was read. */
export function outcomes({ totals }: Summary): Markup | undefined {
  if (totals.read === 0) return undefined;
  const shown = OUTCOMES.filter(({ key }) => totals[key] > 0);
  let from = 0;
  const bars = shown.map(({ key }) => {
    const width = (totals[key] / totals.read) * 100;
    from += width;
    return markup`<rect class="${key}" x="${(from - width).toFixed(3)}%" width="${width.toFixed(3)}%" height="100%"/>`;
  });
  return markup`<section id="outcomes" aria-label="Totals">
<svg class="outcomes" role="img" aria-label="How the lines ended, as in the list that follows">${bars}</svg>
<dl class="totals">
<div><dt>Lines read</dt><dd>${formatCount(totals.read)}</dd></div>
${shown.map(
  ({ key, label }) => markup`<div><dt>${swatch(key)}${label}</dt><dd>${formatCount(totals[key])}
<small>${shareText(totals[key] / totals.read)}</small></dd></div>
`,
)}</dl>
</section>`;
}

const OUTCOMES: readonly { readonly key: Exclude<keyof Totals, 'read'>; readonly label: string }[] = [
  { key: 'succeeded', label: 'Written' },
  { key: 'failed', label: 'Failed' },
  { key: 'in_doubt', label: 'In doubt' },
  { key: 'malformed', label: 'Malformed' },
  { key: 'unsent', label: 'Not sent' },
  { key: 'superseded', label: 'Superseded' },
  { key: 'resumed', label: 'Settled by an earlier run' },
  { key: 'unmapped', label: 'Without a mapping' },
];

/** A patch of the colour that the bar has for it. */
function swatch(key: string): Markup {
  return markup`<svg class="swatch" aria-hidden="true"><rect class="${key}" width="100%" height="100%"/></svg>`;
}

function shareText(share: number): string {
  const percent = Math.round(share * 100);
  // Neither nothing nor everything looks like a little less.
  if (percent === 0) return '< 1%';
  return percent === 100 && share < 1 ? '> 99%' : `${percent}%`;
}
