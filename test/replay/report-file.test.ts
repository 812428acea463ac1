import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withoutPage } from '../../src/core/exit-status.js';
import { ReportFile } from '../../src/replay/report-file.js';
import { folderWith } from '../config/folder.js';
import { pageOf } from '../report/page/runs.js';
import { summaryOf, topicSummary } from '../report/summaries.js';

const { settings } = pageOf();

function endOf(exitCode = 0) {
  return summaryOf([topicSummary('a', { read: 1, succeeded: 1 })], { run: { exit_code: exitCode } });
}

/** Writes the page of a run; the warning where it cannot be written. */
function writePage(path: string) {
  return new ReportFile(path).write(endOf(), settings, { retryCommand: undefined });
}

describe('a page', () => {
  test.each([
    ['of its own', {}],
    ['over an earlier one', { 'report.html': '\uFEFF\n<!DOCTYPE html>\n<p>earlier' }],
    ['in an empty file', { 'report.html': '' }],
  ])('%s is there whole, and nothing beside it', async (_name, files) => {
    const folder = folderWith(files);
    const path = join(folder, 'report.html');
    expect(await writePage(path)).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toMatch(/^<!doctype html>[^]*1 of 1 record written[^]*<\/html>\n$/);
    expect(readdirSync(folder).sort()).toEqual(['.git', 'report.html']);
  });

  test('takes the place of what a link points to', async () => {
    const folder = folderWith({ 'real/page.html': '<html><p>earlier' });
    symlinkSync('real/page.html', join(folder, 'report.html'));
    await writePage(join(folder, 'report.html'));
    expect(readFileSync(join(folder, 'real/page.html'), 'utf8')).toContain('1 of 1 record written');
  });

  test('may go to a device, which stays one', async () => {
    expect(await writePage('/dev/null')).toBeUndefined();
  });
});

test.each([
  ['none/report.html', /none\/report\.html cannot be written: ENOENT/],
  ['.', /is a folder\.$/],
  ['dump.ndjson/report.html', /cannot be written: ENOTDIR/],
  ['dump.ndjson', /dump\.ndjson exists and is not an HTML page; it would be overwritten\.$/],
])('is refused: %s', (name, message) => {
  const folder = folderWith({ 'dump.ndjson': '{"topic":"a","data":{}}\n' });
  expect(() => new ReportFile(join(folder, name))).toThrow(message);
});

test.each([
  [0, 1],
  [1, 1],
  [3, 3],
  [130, 130],
])('a page that cannot be written makes of status %i status %i', async (before, after) => {
  expect(await writePage('/dev/full')).toContain('The report file /dev/full cannot be written: ENOSPC');
  expect(withoutPage(endOf(before))).toEqual(endOf(after));
});

test('is refused: standard output', () => {
  expect(() => new ReportFile('-')).toThrow('The report file - cannot be standard output, which carries the result.');
});

test('what could not take its place is not left lying about', async () => {
  const folder = folderWith({});
  const path = join(folder, 'report.html');
  mkdirSync(`${path}.r1.tmp`);
  expect(await writePage(path)).toContain('cannot be written');
  expect(readdirSync(folder)).not.toContain('report.html');
});

test('the observer sees what is seen', () => {
  const told: string[] = [];
  const report = new ReportFile('/dev/null');
  const observer = report.watchWith({
    onStart: () => told.push('start'),
    onWarning: (warning) => told.push(warning),
    onJob: (topic, { kind }) => told.push(`${topic} ${kind}`),
  });
  observer.onStart?.(() => ({
    ...{ elapsedMs: 0, topics: [], malformed: 0, unmapped: 0, callsAtOnce: undefined, notice: undefined },
    input: { lines: 0, position: 0, size: undefined, ended: false },
  }));
  observer.onWarning?.('careful');
  observer.onJob?.('a', { kind: 'made', id: '1', records: 1 });
  report.stop();
  expect(told).toEqual(['start', 'careful', 'a made']);
});
