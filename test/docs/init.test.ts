import { expect, test } from 'vitest';
import { sfreplay } from '../cli/executable.js';
import { folderWith } from '../config/folder.js';
import { consoleBlock } from './readme.js';

test('init proposes what the README shows', async () => {
  const { command, output } = consoleBlock('sfreplay init');
  const lines = [
    { topic: 'crm.accounts', data: { External_Id__c: 'A-1', Name: 'Corvo Textiles' } },
    { topic: 'web.leads', data: { LastName: 'Petrov', Company: 'Corvo Textiles' } },
  ];
  const cwd = folderWith({ 'dump.ndjson': lines.map((line) => `${JSON.stringify(line)}\n`).join('') });
  const { status, stdout } = await sfreplay(command.split(' ').slice(1), { cwd });
  expect({ status, stdout }).toEqual({ status: 0, stdout: output });
});
