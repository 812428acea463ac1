import { expect, test } from 'vitest';
import { ConfigError, PreflightError } from '../../src/core/errors.js';
import { checkAnnotations, errorAnnotation, summaryAnnotations } from '../../src/report/annotations.js';
import { checkedTopic, checkReport } from './check-reports.js';
import { summaryOf, topicSummary, troubled } from './summaries.js';

const error = (code: string, count = 1, file = 'dump.ndjson') => ({ code, count, example: `${code}!`, line: 7, file });

test('a run that went well has none', () => {
  expect(summaryAnnotations(summaryOf([topicSummary('a', { read: 1, succeeded: 1 })]))).toEqual([]);
});

test('what is in doubt comes first, then errors by their count, each at its first line', () => {
  expect(summaryAnnotations(troubled)).toEqual([
    {
      level: 'error',
      title: 'sfreplay: 1 record in doubt',
      message:
        'They may have been written: look for them in the org before you replay them. Failures: sfreplay-r1.failed.ndjson',
    },
    {
      level: 'error',
      title: 'REQUIRED_FIELD_MISSING: 3 records of crm.prod.accounts.v2',
      message: 'Required fields are missing: [Name] (first at dump.ndjson:4)',
      source: { file: 'dump.ndjson', line: 4 },
    },
    {
      level: 'error',
      title: 'TIMEOUT: 1 record of crm.prod.accounts.v2',
      message: 'no answer within 30 s\u001B[2J (dump.ndjson:12001)',
      source: { file: 'dump.ndjson', line: 12_001 },
    },
  ]);
});

test('a run that stopped says why, and what was not sent', () => {
  const stopped = { code: 'ORG_UNREACHABLE', message: 'The org cannot be reached' };
  const summary = summaryOf([topicSummary('a', { read: 3, succeeded: 1, unsent: 2 })], {
    run: { exit_code: 3, stopped },
  });
  expect(summaryAnnotations(summary)).toEqual([
    {
      level: 'error',
      title: 'sfreplay stopped',
      message: 'Stopped: The org cannot be reached (ORG_UNREACHABLE). 2 records not sent.',
    },
  ]);
});

test('malformed lines are told; what came from standard input is in no file', () => {
  const summary = {
    ...summaryOf([topicSummary('a')]),
    line_errors: [{ topic: '', errors: [error('INVALID_JSON', 2, '-')] }],
  };
  expect(summaryAnnotations(summary)).toEqual([
    { level: 'error', title: 'INVALID_JSON: 2 lines', message: 'INVALID_JSON! (first at line 7 of standard input)' },
  ]);
});

test('there are at most ten, and the last says how many more there would be', () => {
  const errors = Array.from({ length: 11 }, (_, i) => error(`E${i}`, 20 - i));
  expect(summaryAnnotations(summaryOf([topicSummary('a', { errors: errors.slice(0, 10) })]))).toHaveLength(10);
  const told = summaryAnnotations(summaryOf([topicSummary('a', { errors })], {}, 'failed.ndjson'));
  expect(told).toHaveLength(10);
  expect(told.at(-2)?.title).toBe('E8: 12 records of a');
  expect(told.at(-1)).toEqual({
    level: 'warning',
    title: 'sfreplay',
    message: 'And 2 more kinds; see the summary. Failures: failed.ndjson',
  });
});

test('a check: what would fail, its warnings, what may fail', () => {
  const topic = checkedTopic('a', {
    errors: [{ ...error('MISSING_KEY', 2), field: 'K' }],
    possible_errors: [{ ...error('REQUIRED_FIELD_MISSING'), field: null }],
  });
  const report = {
    ...checkReport([topic], ['too few calls']),
    line_errors: [{ topic: '', errors: [error('INVALID_JSON')] }],
  };
  expect(checkAnnotations(report).map(({ level, title, source }) => [level, title, source?.line])).toEqual([
    ['error', 'MISSING_KEY: 2 records of a would fail', 7],
    ['error', 'INVALID_JSON: 1 line would fail', 7],
    ['warning', 'sfreplay check', undefined],
    ['warning', 'REQUIRED_FIELD_MISSING: 1 record of a may fail', 7],
  ]);
});

test('what ended the program before there was a result', () => {
  expect(errorAnnotation(new PreflightError('X', 'No sign-in.', { hint: 'Look.' }))).toEqual({
    level: 'error',
    title: 'sfreplay',
    message: 'No sign-in.\n  hint: Look.',
  });
  const config = new ConfigError('1 mistake.', [{ path: 'a.b', message: 'expected x', origin: 'f.yaml' }]);
  expect(errorAnnotation(config).message).toBe('1 mistake.\n  in f.yaml:\n    a.b  expected x');
});
