import { readFileSync } from 'node:fs';
import { paintFor } from '../../report/paint.js';
import { layOut, tableOf } from '../../report/table.js';
import { hang, widthOf } from '../../report/text-width.js';

/** A piece of a page. Of a table the first row is its head. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'table'; readonly rows: readonly (readonly string[])[] }
  /** `marker` is that of an item of a list, with its blank; empty for a paragraph. */
  | { readonly kind: 'text'; readonly marker: string; readonly text: string };

/** The page as blocks, in the little of Markdown that the pages use. */
export function readPage(topic: string): Block[] {
  const blocks: Block[] = [];
  const lines = readFileSync(new URL(`${topic}.md`, import.meta.url), 'utf8').split('\n');
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const heading = /^(#+) (.*)$/.exec(line);
    if (heading !== null) {
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: plain(heading[2] ?? '') });
    } else if (line.startsWith('```')) {
      blocks.push({ kind: 'code', lines: lines.splice(0, lines.indexOf('```')) });
      lines.shift();
    } else if (line.startsWith('|')) {
      const rows = [
        line,
        ...lines.splice(
          0,
          countWhile(lines, (one) => one.startsWith('|')),
        ),
      ].map(cellsOf);
      blocks.push({ kind: 'table', rows: rows.filter((_, i) => i !== 1) });
    } else if (line !== '') {
      const marker = /^(?:- |\d+\. )/.exec(line)?.[0] ?? '';
      const rest = lines.splice(
        0,
        countWhile(lines, (one) => one !== '' && !/^(?:- |\d+\. |\||```)/.test(one)),
      );
      const text = [line.slice(marker.length), ...rest].map((one) => one.trim()).join(' ');
      blocks.push({ kind: 'text', marker, text: plain(text) });
    }
  }
  return blocks;
}

/** The page as plain text. A table that is too wide is a list of its rows. */
export function showPage(topic: string, width: number): string {
  let text = '';
  let last: Block | undefined;
  for (const block of readPage(topic)) {
    const isNextItem = last?.kind === 'text' && last.marker !== '' && block.kind === 'text' && block.marker !== '';
    text += `${last === undefined || isNextItem ? '' : '\n'}${linesOf(block, width).join('\n')}\n`;
    last = block;
  }
  return text;
}

function linesOf(block: Block, width: number): string[] {
  switch (block.kind) {
    case 'heading':
      return [
        block.level === 1 ? block.text.toUpperCase() : block.text,
        ...(block.level === 2 ? ['-'.repeat(widthOf(block.text))] : []),
      ];
    case 'code':
      return block.lines.map((line) => `  ${line}`.trimEnd());
    case 'table':
      return tableLines(block.rows, width);
    case 'text':
      return hanging(block.marker, block.text, width);
  }
}

function tableLines([head = [], ...rows]: readonly (readonly string[])[], width: number): string[] {
  const columns = head.map((title, i) => ({
    titles: [title] as const,
    cell: (row: readonly string[]) => row[i] ?? '',
  }));
  const listOf = ([name = '', ...cells]: readonly string[]): string[] => [
    ...hanging('', name, width),
    ...cells.flatMap((cell, i) => (cell === '' ? [] : hanging(`    ${head[i + 1] ?? ''}: `, cell, width))),
  ];
  return layOut(tableOf(columns, rows), width, paintFor(false)) ?? rows.flatMap(listOf);
}

/** The text behind a marker; its further lines are as far in. */
function hanging(marker: string, text: string, width: number): string[] {
  const bare = marker.trimStart();
  return hang(' '.repeat(marker.length - bare.length), bare + text, width, Math.min(marker.length, 6));
}

function cellsOf(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => plain(cell.trim().replaceAll('\\|', '|')));
}

/** Without links and emphasis; code keeps its marks. */
function plain(text: string): string {
  return text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\*\*(.+?)\*\*/g, '$1')
    .replaceAll(/(?<![\w`])_([^_`]+)_(?![\w`])/g, '$1');
}

function countWhile(lines: readonly string[], holds: (line: string) => boolean): number {
  const end = lines.findIndex((line) => !holds(line));
  return end < 0 ? lines.length : end;
}
