import { describe, expect, it } from 'vitest';
import { composeReplayCommand, type TypedFlag } from '../../src/cli/replay-command.js';

const failures = 'sfreplay-20261123-172300-ab12.failed.ndjson';

describe('composeReplayCommand', () => {
  it.each<[string, TypedFlag[], string]>([
    ['no flags', [], `sfreplay ${failures}`],
    ['a configuration', [{ flag: '-c', value: 'sfreplay.yaml' }], `sfreplay -c sfreplay.yaml ${failures}`],
    [
      'mappings and a switch',
      [{ flag: '--map', value: 'a=Account:upsert:X__c' }, { flag: '--map', value: 'b=Lead:insert' }, { flag: '-q' }],
      `sfreplay --map a=Account:upsert:X__c --map b=Lead:insert -q ${failures}`,
    ],
    [
      'what a shell would take apart',
      [
        { flag: '-c', value: "my config's.yaml" },
        { flag: '--topic', value: '$HOME' },
        { flag: '--client-id', value: '' },
      ],
      `sfreplay -c 'my config'\\''s.yaml' --topic '$HOME' --client-id '' ${failures}`,
    ],
    [
      'outputs of the first run',
      [
        { flag: '--successes', value: 's.ndjson' },
        { flag: '--failures', value: 'f.ndjson' },
        { flag: '--shard', value: '2/3' },
      ],
      `sfreplay ${failures}`,
    ],
  ])('keeps the flags: %s', (_, typed, command) => {
    expect(composeReplayCommand(typed, failures, undefined)).toBe(command);
  });

  it.each([
    ['failed.ndjson', 'sfreplay --failures failed.2.ndjson failed.ndjson'],
    ['failed.2.ndjson', 'sfreplay --failures failed.3.ndjson failed.2.ndjson'],
    ['out.d/failed', 'sfreplay --failures out.d/failed.2 out.d/failed'],
    ['-failed.ndjson', 'sfreplay --failures -failed.2.ndjson ./-failed.ndjson'],
  ])('does not read and write %s at once', (chosen, command) => {
    expect(composeReplayCommand([], chosen, chosen)).toBe(command);
  });
});
