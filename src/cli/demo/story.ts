import { join } from 'node:path';
import { paintFor } from '../../report/paint.js';
import { layOut, tableOf, type ColumnOf } from '../../report/table.js';
import { wrap } from '../../report/text-width.js';
import { CONFIG_FILE, fieldText, type QueryRow, SAMPLES } from './org.js';

/** How the demo's texts are drawn. */
export interface StoryStyle {
  readonly color: boolean;
  readonly width: number;
}

/** What is about to happen: the command that the demo stands for. */
export function formatOpening(folder: string, url: string, { color, width }: StoryStyle): string {
  const paint = paintFor(color);
  const text = `An emulated Salesforce org listens on ${url}. Five files of Kafka messages, as kcat, rpk and others write them, are replayed into it:`;
  const command = wrap(['sfreplay', '-c', CONFIG_FILE, ...SAMPLES].join(' '), Math.max(20, width - 6));
  const lines = [`cd ${folder}`, ...command.map((part, index) => (index + 1 < command.length ? `${part} \\` : part))];
  const shown = lines.map((line, index) => paint.cyan(index < 2 ? `  $ ${line}` : `      ${line}`));
  return `${[...wrap(text, width), '', ...shown].join('\n')}\n\n`;
}

/** Rows that arrived, as a query of the org gave them. */
export function formatArrivals(
  soql: string,
  fields: readonly string[],
  rows: readonly QueryRow[],
  { color, width }: StoryStyle,
): string {
  const paint = paintFor(color);
  const columns = fields.map((field): ColumnOf<QueryRow> => {
    const isNumeric = rows.every((row) => /^-?[\d.]+$/.test(fieldText(row, field)));
    return {
      titles: [field],
      cell: (row) => fieldText(row, field),
      minWidth: 8,
      align: isNumeric ? 'right' : 'left',
    };
  });
  const lines = layOut(tableOf(columns, rows), width, paint) ?? [];
  return `${[paint.bold('What arrived'), ...wrap(soql, width).map((line) => paint.cyan(line)), ...lines].join('\n')}\n`;
}

/** What to type next, with `program` as the way to call sfreplay. Commands are not broken, so that they can be copied. */
export function formatNext(folder: string, failuresFile: string, program: string, style: StoryStyle): string {
  const paint = paintFor(style.color);
  const steps = [
    [`tail -n 1 ${failuresFile}`, 'a line that failed: the message as it was, with the error added'],
    [
      `${program} check --offline -c ${join(folder, CONFIG_FILE)} ${join(folder, 'contacts.rpk.ndjson')}`,
      'what a replay would send, checked without an org',
    ],
    [`${program} emulator`, 'an emulated org that keeps running; prints its URL, client id and client secret'],
    [`${program} --help`, 'how to replay into an org of your own'],
  ] as const;
  const told = `A replay with failures exits with status 1; the demo exits with 0. Its files stay in ${folder}.`;
  return `${[
    ...wrap(told, style.width),
    '',
    paint.bold('Next'),
    ...steps.flatMap(([command, about]) => [
      paint.cyan(`  $ ${command}`),
      ...wrap(about, Math.max(20, style.width - 6)).map((line) => paint.dim(`      ${line}`)),
    ]),
  ].join('\n')}\n`;
}

/** How sfreplay can be called where the demo was: by its name, unless npm had to find it. */
export function programName(environment: Readonly<Record<string, string | undefined>>): string {
  return environment.npm_command === undefined ? 'sfreplay' : 'npx sfreplay';
}
