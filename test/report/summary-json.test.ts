import { expect, test } from 'vitest';
import { formatSummaryJson } from '../../src/report/summary-json.js';
import { troubled } from './summaries.js';

test('one document, key for key, with a newline at its end', () => {
  const text = formatSummaryJson(troubled);
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual({ ...troubled, notes: undefined });
  expect(Object.keys(JSON.parse(text) as object)).toEqual(['run', 'input', 'topics', 'totals', 'api', 'failures_file']);
});

test('control characters of foreign text are escaped', () => {
  // eslint-disable-next-line no-control-regex
  expect(formatSummaryJson(troubled)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/u);
});
