import { formatCount } from './format.js';
import { markdownTable } from './markdown.js';
import type { TableColumn } from './table.js';
import { frequentErrors, mostErrors, restText, type TopicError } from './topic-details.js';

/** A row for each of the most frequent errors, with its first line and an example; nothing where there is none. */
export function errorMarkdown(topics: Parameters<typeof frequentErrors>[0]): string[] {
  const errors = frequentErrors(topics);
  if (errors.length === 0) return [];
  const rest = errors.slice(mostErrors);
  return [
    ...markdownTable(COLUMNS, errors.slice(0, mostErrors)),
    ...(rest.length === 0 ? [] : ['', `and ${restText(rest)}`]),
  ];
}

/** Where the first line with the error stands: `dump.ndjson:12`. */
export function placeOf({ file, line }: Pick<TopicError, 'file' | 'line'>): string {
  return file === '-' ? `line ${line} of standard input` : `${file}:${line}`;
}

const COLUMNS: readonly TableColumn<TopicError>[] = [
  { titles: ['count'], cell: ({ count }) => formatCount(count), align: 'right' },
  { titles: ['error'], cell: (error) => error.code },
  { titles: ['topic'], cell: ({ topic }) => topic },
  { titles: ['first at'], cell: placeOf },
  { titles: ['example'], cell: ({ example }) => example },
];
