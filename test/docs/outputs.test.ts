import { expect, onTestFinished, test } from 'vitest';
import { configKeys } from '../../src/config/keys.js';
import { Emulator } from '../../src/emulator/index.js';
import { sfreplay, startSfreplay, statusOf } from '../cli/executable.js';
import { folderWith } from '../config/folder.js';
import { blocks, consoleBlock, DOCS } from './readme.js';

// After a change, "npm run docs" writes both into the reference.
const helps = blocks('console').filter((block) => /^\$ sfreplay( .*)? --help\n/.test(block));
test.each(helps.map((block) => block.slice(2, block.indexOf('\n'))))('the help is what "%s" prints', async (typed) => {
  const { command, output } = consoleBlock(typed);
  const { stdout } = await sfreplay(command.split(' ').slice(1), { cwd: folderWith({}) });
  expect(output).toBe(stdout);
});

test('the help of replay is shown', () => {
  expect(helps.some((block) => block.startsWith('$ sfreplay replay --help\n'))).toBe(true);
});

test('the emulator announces itself as shown', async () => {
  const { command, output } = consoleBlock('sfreplay emulator');
  // Another test may have the port.
  const words = command.replace('--port 8090', '--port 0').split(' ').slice(1);
  const child = startSfreplay(words, { cwd: folderWith({}) });
  const ended = statusOf(child);
  const line = await new Promise<string>((resolve) => child.stdout?.once('data', (data) => resolve(String(data))));
  child.kill('SIGTERM');
  await ended;
  expect(line.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:8090')).toBe(output);
});

test('the table of keys is the schema', () => {
  const rows = configKeys().map((row) => [
    `\`${row.key}\``,
    row.type,
    row.default === undefined ? '' : `\`${row.default}\``,
    row.description,
  ]);
  expect(tableBelow('| key ')).toEqual(rows);
});

test('the summary document has the keys of a real one', async () => {
  const emulator = await Emulator.start();
  onTestFinished(() => emulator.stop());
  const lines = [
    { topic: 'a', data: { External_Id__c: 'A-1', Name: 'Corvo Textiles', CreatedDate: null, nmae: 1 } },
    { topic: 'a', data: { External_Id__c: 'A-2' } },
    { topic: 'b', data: {} },
    'none',
  ];
  const { stdout } = await sfreplay(['--json', '--map', 'a=Account:upsert:External_Id__c'], {
    cwd: folderWith({}),
    stdin: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    environment: { SALESFORCE_ORG_URL: emulator.url, SALESFORCE_ACCESS_TOKEN: emulator.issueToken() },
  });
  const shown = blocks('json').find((block) => block.includes('"topics"')) ?? '';
  expect(pathsOf(JSON.parse(shown))).toEqual(pathsOf(JSON.parse(stdout)));
});

/** The cells of the table of the reference whose header begins so, row by row. */
function tableBelow(header: string): string[][] {
  const lines = DOCS.split('\n');
  const first = lines.findIndex((line) => line.startsWith(header));
  const end = lines.indexOf('', first);
  return lines.slice(first + 2, end).map((line) => {
    return line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  });
}

/** Every key of a document with the keys above it; lists by what they hold. */
function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  if (Array.isArray(value)) return value.length === 0 ? [path] : pathsOf(value[0], `${path}[]`);
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, path === '' ? key : `${path}.${key}`));
}
