import { expect, test } from 'vitest';
import { formatSummaryJson } from '../../src/report/summary-json.js';
import { troubled } from './summaries.js';

test('one document, key for key, with a newline at its end', () => {
  const text = formatSummaryJson(troubled);
  expect(text.endsWith('}\n')).toBe(true);
  const { notes, line_errors: lineErrors, ...documented } = troubled;
  const topics = documented.topics.map((topic) => ({
    ...topic,
    errors: topic.errors.map(({ code, count, example, line }) => ({ code, count, example, line })),
  }));
  expect([notes, lineErrors]).toEqual([[], []]);
  expect(JSON.parse(text)).toEqual({ ...documented, topics });
  expect(Object.keys(JSON.parse(text) as object)).toEqual(['run', 'input', 'topics', 'totals', 'api', 'failures_file']);
  expect(text).not.toContain('"file"');
});

test('control characters of foreign text are escaped', () => {
  // eslint-disable-next-line no-control-regex
  expect(formatSummaryJson(troubled)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/u);
});
