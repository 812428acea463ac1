import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, onTestFinished, test } from 'vitest';
import { Emulator } from '../../src/emulator/index.js';
import { ProgramFolder } from './program-folder.js';
import { blocks, REPOSITORY } from './readme.js';

const examples = blocks('ts');
const dump = `${JSON.stringify({ topic: 'crm.accounts', data: { External_Id__c: 'A-1', Name: 'Corvo Textiles' } })}\n`;

test.each([
  ['replay', '1 of 1 written', 1],
  ['emulator', 'pass 1', 0],
])('the example of the %s runs', async (subject, expected, arrived) => {
  const example = examples.find((text) => text.includes('sfreplay/emulator') === (subject === 'emulator')) ?? '';
  const emulator = await Emulator.start();
  onTestFinished(() => emulator.stop());
  const folder = new ProgramFolder({ 'dump.ndjson': dump });
  writeFileSync(join(folder.path, 'example.js'), ts.transpile(example, { target: ts.ScriptTarget.ESNext }));

  const { status, stdout, stderr } = await folder.run(process.execPath, ['example.js'], {
    SALESFORCE_ORG_URL: emulator.url,
    SALESFORCE_CLIENT_ID: emulator.clientId,
    SALESFORCE_CLIENT_SECRET: emulator.clientSecret,
  });

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(expected);
  expect(emulator.records('Account')).toHaveLength(arrived);
});

test('the examples fit the types of the package', async () => {
  const files = Object.fromEntries(examples.map((text, index) => [`example-${index}.ts`, text]));
  const folder = new ProgramFolder(files);
  const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  const options = '--noEmit --strict --skipLibCheck --module nodenext --target es2023 --types node --typeRoots'.split(
    ' ',
  );
  const types = join(REPOSITORY, 'node_modules/@types');
  const { status, stdout } = await folder.run(
    process.execPath,
    [compiler, ...options, types, ...Object.keys(files)],
    {},
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
