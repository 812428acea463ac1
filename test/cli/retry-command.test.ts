import { describe, expect, it } from 'vitest';
import { composeContinueCommand, composeRetryCommand, type TypedFlag } from '../../src/cli/retry-command.js';

const failures = 'sfreplay-20261123-172300-ab12.failed.ndjson';

describe('composeRetryCommand', () => {
  it.each<[string, TypedFlag[], string]>([
    ['no flags', [], `sfreplay retry ${failures}`],
    ['a configuration', [{ flag: '-c', value: 'sfreplay.yaml' }], `sfreplay retry -c sfreplay.yaml ${failures}`],
    [
      'mappings and a switch',
      [{ flag: '--map', value: 'a=Account:upsert:X__c' }, { flag: '--map', value: 'b=Lead:insert' }, { flag: '-q' }],
      `sfreplay retry --map a=Account:upsert:X__c --map b=Lead:insert -q ${failures}`,
    ],
    [
      'what a shell would take apart',
      [
        { flag: '-c', value: "my config's.yaml" },
        { flag: '--topic', value: '$HOME' },
        { flag: '--client-id', value: '' },
      ],
      `sfreplay retry -c 'my config'\\''s.yaml' --topic '$HOME' --client-id '' ${failures}`,
    ],
    [
      'outputs of the first run',
      [
        { flag: '--successes', value: 's.ndjson' },
        { flag: '--failures', value: 'f.ndjson' },
        { flag: '--journal', value: 'j' },
        { flag: '--shard', value: '2/3' },
        { flag: '--include-in-doubt' },
      ],
      `sfreplay retry ${failures}`,
    ],
  ])('keeps the flags: %s', (_, typed, command) => {
    expect(composeRetryCommand(typed, failures)).toBe(command);
  });

  it('does not take a file for a flag', () => {
    expect(composeRetryCommand([], '-failed.ndjson')).toBe('sfreplay retry ./-failed.ndjson');
  });
});

describe('composeContinueCommand', () => {
  const typed = [{ flag: '--journal', value: 'old' }, { flag: '--failures', value: 'my f' }, { flag: '-q' }];

  it.each<[string, 'replay' | 'retry', string[], string]>([
    ['files', 'replay', ['a.ndjson', '-b'], "sfreplay replay --failures 'my f' -q --journal j a.ndjson ./-b"],
    ['standard input', 'replay', ['-'], "sfreplay replay --failures 'my f' -q --journal j -"],
    ['a retry', 'retry', ['f'], "sfreplay retry --failures 'my f' -q --journal j f"],
  ])('keeps all flags, and names the journal: %s', (_, name, files, command) => {
    expect(composeContinueCommand(name, typed, files, 'j')).toBe(command);
  });
});
