import { expect, test } from 'vitest';
import { formatSummaryJson } from '../../src/report/json.js';
import { summaryOf, troubled } from './summaries.js';

test('one document, key for key, with a newline at its end', () => {
  const text = formatSummaryJson(troubled);
  expect(text.endsWith('}\n')).toBe(true);
  const { notes, line_errors: lineErrors, ...documented } = troubled;
  const topics = documented.topics.map((topic) => ({ ...topic, nearest_fields: undefined }));
  expect([notes, lineErrors]).toEqual([[], []]);
  const document = JSON.parse(text) as typeof documented;
  expect(document).toEqual({ ...documented, topics });
  expect(Object.keys(document)).toEqual([
    'run',
    'org',
    'input',
    'topics',
    'totals',
    'api',
    'failures_file',
    'journal_file',
  ]);
  expect(Object.keys(document.topics[0]!.errors[0]!)).toEqual(['code', 'count', 'example', 'file', 'line']);
});

test('a hint is told with the example', () => {
  const error = { code: 'INVALID_JSON', count: 2, example: 'not JSON', file: 'a', line: 1 };
  const summary = summaryOf([], { input: { malformed_errors: [{ ...error, hint: 'Looks like CSV' }] } });
  const { input } = JSON.parse(formatSummaryJson(summary)) as typeof summary;
  expect(input.malformed_errors).toEqual([{ ...error, example: 'not JSON. Looks like CSV' }]);
});

test('control characters of foreign text are escaped', () => {
  // eslint-disable-next-line no-control-regex
  expect(formatSummaryJson(troubled)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/u);
});
