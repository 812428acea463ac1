import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseOverwriting } from '../../src/cli/usage-checks.js';
import { settingsFromObject } from '../../src/config/load.js';
import { folderWith } from '../config/folder.js';

function refusal(inputs: string[], failures?: string, successes?: string, report?: string): string | undefined {
  const settings = settingsFromObject({
    org_url: 'https://acme.my.salesforce.com',
    access_token: 'a-token',
    topic_mappings: [{ topic: 'a', sobject: 'Account', operation: 'insert' }],
    failures_file: failures,
    successes_file: successes,
    report_file: report,
  });
  try {
    refuseOverwriting(inputs, settings);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('refuseOverwriting', () => {
  it('refuses to write over an input, by whatever name', () => {
    const folder = folderWith({ 'dump.ndjson': '' });
    const dump = join(folder, 'dump.ndjson');
    const link = join(folder, 'link.ndjson');
    symlinkSync(dump, link);
    expect(refusal([link], dump)).toBe(
      `The failures file ${dump} is being read as ${link}; writing it would destroy the input.`,
    );
    expect(refusal([dump], undefined, dump)).toContain('The successes file');
    expect(refusal([dump], undefined, undefined, dump)).toContain('The report file');
  });

  it('refuses one file for both outputs, there or not yet', () => {
    const folder = folderWith({});
    const one = join(folder, 'out.ndjson');
    expect(refusal([], one, one)).toBe(`The failures file and the successes file have the same path: ${one}.`);
  });

  it('refuses one file by two names, there or not yet', () => {
    const folder = folderWith({});
    symlinkSync('.', join(folder, 'here'));
    const one = join(folder, 'out');
    for (const other of [`${folder}/./out`, join(folder, 'here/out')]) {
      expect(refusal([], one, undefined, other)).toBe(
        `The failures file and the report file have the same path: ${one}.`,
      );
    }
  });

  it.each([
    ['/no/such/a', 'cannot be written: ENOENT'],
    ['/dev', 'is a folder.'],
    ['-', 'cannot be standard output'],
  ])('refuses %s, where nothing can be written', (path, reason) => {
    expect(refusal([], path)).toContain(`The failures file ${path} ${reason}`);
    expect(refusal([], undefined, path)).toContain(`The successes file ${path} ${reason}`);
  });

  it.each([
    ['/dev/null', '/dev/null'],
    [undefined, undefined],
  ])('lets %s and %s be', (failures, successes) => {
    expect(refusal(['/dev/null', '/no/such/c'], failures, successes)).toBeUndefined();
  });
});
