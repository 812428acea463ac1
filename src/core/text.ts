/** Text for people, wherever it is made. */

/** A name as it stands in a line, so that blanks at its ends and marks that nobody sees are seen: `"Name "`, `Na<U+200B>me`. */
export function visibleName(name: string): string {
  const shown = cut(name, LONGEST_NAME).replace(
    UNSEEN,
    (mark) => `<U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
  return shown.trim() === shown && shown !== '' ? shown : `"${shown}"`;
}

/** Several of them: no message grows with a line's members. */
export function visibleNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map(visibleName).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

/** Cut to so many code units, so that nothing which is kept or shown grows with a line. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

const MOST_NAMES = 8;
/** Longer than any field's. */
export const LONGEST_NAME = 255;
/** Of a message that stands for its like; the failures file has it whole. */
export const LONGEST_EXAMPLE = 2_000;
/** Controls, formats, halves of surrogate pairs, and every blank but the space. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** A share of 1 as `12.5%`. */
export function percentText(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`;
}
