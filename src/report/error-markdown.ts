import { formatCount } from './format.js';
import { markdownTable } from './markdown.js';
import type { TableColumn } from './table.js';
import {
  exampleText,
  groupErrors,
  mostErrors,
  placeOf,
  restText,
  topicsText,
  type ErrorGroup,
} from './topic-details.js';

/** A row for each of the most frequent errors, with its first line and an example; nothing where there is none. */
export function errorMarkdown(topics: Parameters<typeof groupErrors>[0]): string[] {
  const errors = groupErrors(topics);
  if (errors.length === 0) return [];
  const rest = errors.slice(mostErrors);
  return [
    ...markdownTable(COLUMNS, errors.slice(0, mostErrors)),
    ...(rest.length === 0 ? [] : ['', `and ${restText(rest)}`]),
  ];
}

const COLUMNS: readonly TableColumn<ErrorGroup>[] = [
  { titles: ['count'], cell: ({ count }) => formatCount(count), align: 'right' },
  { titles: ['error'], cell: (error) => error.code },
  { titles: ['topic'], cell: topicsText },
  { titles: ['first at'], cell: placeOf },
  { titles: ['example'], cell: exampleText },
];
