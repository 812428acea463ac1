import { maskSecrets } from '../../core/secrets.js';
import { NO_BREAK_SPACE, safeText } from '../format.js';

/** Markup. It is only made by {@link markup}, so that no text gets into a page as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Part = Markup | string | number | undefined | readonly Part[];

/** Markup with texts in it, in elements and in quoted attributes: what is no markup itself is escaped. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + textOf(parts[index - 1]) + string));
}

/** What others have said, without what looks like a secret, and cut to `longest` characters. */
export function foreign(text: string, longest: number): string {
  const masked = maskSecrets(text.slice(0, longest * 2));
  return masked.length > longest ? `${masked.slice(0, longest - 1)}…` : masked;
}

/** A value for a script, as the text of an element: no text in it ends the element, or is a line end to an old parser. */
export function jsonFor(value: unknown): Markup {
  const json = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return new Markup(json);
}

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  const text = String(part).split(NO_BREAK_SPACE).map(safeText).join(NO_BREAK_SPACE);
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
