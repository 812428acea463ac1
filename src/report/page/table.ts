import { markup, type Markup, type Part } from './markup.js';

export interface Table {
  /** Says what it is to whoever does not see it. */
  readonly label: string;
  /** Of the columns. The first names the rows; the others hold figures. */
  readonly heads: readonly string[];
  readonly rows: readonly (readonly Part[])[];
  readonly total?: readonly Part[] | undefined;
}

/**
 * A table that scrolls by itself where it is too wide, with the keyboard too. In a narrow window each row is a list, with
 * the columns' names beside the figures.
 */
export function table({ label, heads, rows, total }: Table): Markup {
  const row = ([name, ...cells]: readonly Part[]): Markup =>
    markup`<tr><th scope="row">${name}</th>${cells.map(
      (cell, index) => markup`<td data-label="${heads[index + 1]}">${cell}</td>`,
    )}</tr>
`;
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
<table>
<thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows.map(row)}</tbody>
${total === undefined ? undefined : markup`<tfoot>${row(total)}</tfoot>`}
</table>
</div>`;
}
