import { markup, type Markup } from './markup.js';

/** A part of the page that can be gone to. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

export function sectionMarkup({ id, title, body }: Section): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`;
}

export function linkTo({ id, title }: Section): Markup {
  return markup`<li><a href="#${id}">${title}</a></li>
`;
}
