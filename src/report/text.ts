import type { Fact, ResultDocument, Section, Step } from './document.js';
import { placeOf, restText, topicsText, type ErrorGroup } from './errors.js';
import { formatCount, formatNoun, harmless } from './format.js';
import { paintFor, type Paint } from './paint.js';
import { layOut, type Table } from './table.js';
import { cutEnd, hang, padEnd, padStart, widthOf, wrap } from './text-width.js';

interface TextStyle {
  readonly color: boolean;
  /** Columns of the window. A line is longer only where a path or a command must not be broken. */
  readonly width: number;
}

const LEAST_TEXT = 10;
const LEAST_BESIDE_LABEL = 24;
const MOST_ERRORS = 10;
const MOST_DIFFERENCES = 20;
const LONGEST_EXAMPLE = 300;
const LONGEST_TOPIC = 24;

/** A result as a terminal shows it. Ends with a newline. */
export function formatText(document: ResultDocument, style: TextStyle): string {
  const writer = new TextWriter(style);
  const sections = [
    writer.headline(document),
    ...document.sections.map((section) => writer.section(section)),
    document.steps.flatMap((step) => writer.step(step)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Likewise its errors alone, as lines; none where there are none. */
export function errorLines(errors: readonly ErrorGroup[], style: TextStyle, title = 'Errors'): string[] {
  return new TextWriter(style).section({ title, groups: errors, of: 'error' });
}

class TextWriter {
  readonly #width: number;
  readonly #paint: Paint;

  constructor({ color, width }: TextStyle) {
    this.#width = width;
    this.#paint = paintFor(color);
  }

  headline({ isGood, verdict, stopped }: ResultDocument): string[] {
    const symbol = isGood ? this.#paint.green('✔') : this.#paint.red('✖');
    const lines = [...(stopped === undefined ? [] : [stopped]), verdict].flatMap((text) => this.#wrapped(text, 2));
    return lines.map((line, index) => (index === 0 ? `${symbol} ${this.#paint.bold(line)}` : `  ${line}`));
  }

  section(section: Section): string[] {
    if ('table' in section) return this.#table(section.table);
    if ('facts' in section) return this.#facts(section.facts);
    const lines = this.#linesOf(section);
    if (lines.length === 0) return [];
    const title =
      'list' in section && section.areWarnings ? this.#paint.yellow(section.title) : this.#paint.bold(section.title);
    return [title + (section.note === undefined ? '' : ` ${this.#paint.dim(`(${section.note})`)}`), ...lines];
  }

  step({ file, fileLabel, command, commandLabel, advice }: Step): string[] {
    const label = (text: string): string => this.#paint.bold(padEnd(text, 8));
    return [
      ...(file === null || fileLabel === undefined ? [] : [`${label(fileLabel)}  ${harmless(file)}`]),
      ...(command === undefined ? [] : [`${label(commandLabel)}  ${this.#paint.cyan(harmless(command))}`]),
      ...(advice === undefined ? [] : this.#wrapped(advice).map((line) => this.#paint.yellow(line))),
    ];
  }

  #linesOf(section: Exclude<Section, { readonly table: Table } | { readonly facts: readonly Fact[] }>): string[] {
    if ('topicFacts' in section) {
      const labelled = section.topicFacts.map((fact) => {
        return { ...fact, label: `  ${cutEnd(harmless(fact.label), LONGEST_TOPIC)}` };
      });
      return this.#facts(labelled);
    }
    if ('groups' in section) return this.#groups(section.groups, section.of);
    const lead = section.areWarnings ? '  ! ' : '  ';
    return section.list.flatMap((text) => hang(lead, harmless(text), this.#width, 4));
  }

  /** Labels aligned, with their texts wrapped beside them, or below them in a narrow window. */
  #facts(facts: readonly Fact[]): string[] {
    const labelWidth = facts.reduce((widest, { label }) => Math.max(widest, widthOf(label)), 0);
    const isBeside = this.#width - labelWidth - 2 >= LEAST_BESIDE_LABEL;
    const indent = isBeside ? labelWidth + 2 : 4;
    return facts.flatMap(({ label, text, isVerbatim }) => {
      const lines = isVerbatim === true ? [harmless(text)] : this.#wrapped(text, indent);
      const [first = '', ...rest] = lines.map((line) => ' '.repeat(indent) + line);
      const shown = this.#paint.dim(isBeside ? padEnd(label, labelWidth) : label);
      return isBeside ? [`${shown}  ${first.slice(indent)}`, ...rest] : [shown, first, ...rest];
    });
  }

  /** In a window that is too narrow for a table, a list for each row. */
  #table(table: Table): string[] {
    if (table.rows.length === 0) return [];
    const laidOut = layOut(table, this.#width, this.#paint);
    if (laidOut !== undefined) return laidOut;
    return table.rows.flatMap(([name, ...cells]) => {
      const facts = cells.map(({ text }, index) => ({ label: `  ${table.columns[index + 1]?.titles[0] ?? ''}`, text }));
      const title = this.#wrapped(name?.text ?? '').map((line) => this.#paint.bold(line));
      return [...title, ...this.#facts(facts.filter(({ text }) => text !== ''))];
    });
  }

  /** The most frequent, each with its first line and an example. A hint may hold a command, and is not broken. */
  #groups(groups: readonly ErrorGroup[], of: 'error' | 'field'): string[] {
    const areErrors = of === 'error';
    const tone = areErrors ? 'red' : 'yellow';
    const shown = groups.slice(0, areErrors ? MOST_ERRORS : MOST_DIFFERENCES);
    const rest = groups.slice(shown.length);
    const countWidth = shown.reduce((widest, { count }) => Math.max(widest, widthOf(formatCount(count))), 0);
    const indent = ' '.repeat(countWidth + 5);
    const indented = (text: string): string[] => this.#wrapped(text, indent.length).map((line) => indent + line);
    const lines = shown.flatMap((group) => {
      const { count, example, hint } = group;
      const code = harmless(group.code);
      const place = `${count > 1 ? 'first at ' : ''}${placeOf(group)}`;
      const topics = topicsText(group);
      const isOne = group.members.filter(({ topic }) => topic !== '').length < 2;
      const where = harmless(isOne && topics !== '' ? `${topics}, ${place}` : place);
      const isShort = indent.length + widthOf(code) + 2 + widthOf(where) <= this.#width;
      return [
        `  ${padStart(formatCount(count), countWidth)} × ${this.#paint[tone](code)}${isShort ? `  ${where}` : ''}`,
        ...(isShort ? [] : indented(where)),
        ...(isOne || topics === '' ? [] : indented(topics)),
        ...indented(cutEnd(example, LONGEST_EXAMPLE)).map((line) => this.#paint.dim(line)),
        ...(hint === undefined ? [] : [indent + harmless(hint)]),
      ];
    });
    if (rest.length === 0) return lines;
    return [...lines, `  and ${areErrors ? restText(rest) : formatNoun(rest.length, 'more field')}`];
  }

  /** Lines of a window that is narrower by `indent`. */
  #wrapped(text: string, indent = 0): string[] {
    return wrap(harmless(text), Math.max(LEAST_TEXT, this.#width - indent));
  }
}
