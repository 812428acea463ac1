import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWith } from '../../config/folder.js';
import { sfreplay } from '../executable.js';

const ask = (files: Readonly<Record<string, string>>, line = 'sfreplay --topic ') =>
  sfreplay(['__complete', line], { cwd: folderWith(files), environment: { PREFIX: 'crm' } });

it.each<[string, Record<string, string>, string]>([
  ['a configuration', { '.sfreplayrc': 'topic_mappings: [{topic: a, sobject: A}, {topic: b}]' }, 'a\nb\n'],
  ['with CRLF', { '.sfreplayrc.yaml': 'topic_mappings:\r\n  - topic: a\r\n    sobject: A\r\n' }, 'a\n'],
  ['in package.json', { 'package.json': '{"sfreplay":{"topic_mappings":[{"topic":"a"}]}}' }, 'a\n'],
  [
    'with a variable',
    { '.sfreplayrc': 'topic_mappings: [{topic: "${PREFIX}.a"}, {topic: "${NOT_SET}"}]' },
    'crm.a\n${NOT_SET}\n',
  ],
  [
    'a pipeline',
    { '.sfreplayrc': 'output: {broker: {outputs: [{salesforce_sink: {topic_mappings: [{topic: a}]}}]}}' },
    'a\n',
  ],
  ['none', {}, ''],
  ['an empty one', { '.sfreplayrc': '' }, ''],
  ['a broken one', { '.sfreplayrc': '{' }, ''],
  ['one that is no object', { '.sfreplayrc': '[1]' }, ''],
  ['mappings that are none', { '.sfreplayrc': 'topic_mappings: {a: 1}' }, ''],
  ['topics that are none', { '.sfreplayrc': 'topic_mappings: [1, {topic: {}}, {topic: "a\\nb"}, {topic: 7}]' }, '7\n'],
])('of %s it prints the topics, quietly', async (_, files, stdout) => {
  expect(await ask(files)).toEqual({ status: 0, stdout, stderr: '' });
});

it.each(['.sfreplayrc.js', '.sfreplayrc.cjs', 'sfreplay.config.mjs'])('never runs %s', async (name) => {
  const cwd = folderWith({ [name]: 'process.stdout.write("ran"); throw new Error("ran");' });
  const ended = await sfreplay(['__complete', 'sfreplay --topic '], { cwd });
  expect(ended).toEqual({ status: 0, stdout: '', stderr: '' });
});

it('does not fail for a file that is not there, nor for an empty line', async () => {
  const nothing = { status: 0, stdout: '', stderr: '' };
  expect(await ask({}, 'sfreplay -c missing.yaml --topic ')).toEqual(nothing);
  expect(await ask({}, '')).toMatchObject({ status: 0, stderr: '' });
});

it('loads neither the schema nor the HTTP client', async () => {
  const cwd = folderWith({ '.sfreplayrc': 'topic_mappings: [{topic: a}]' });
  writeFileSync(
    join(cwd, 'loader.mjs'),
    `
    import { appendFileSync } from 'node:fs';
    export async function resolve(specifier, context, next) {
      appendFileSync(${JSON.stringify(join(cwd, 'loaded'))}, specifier + '\\n');
      return next(specifier, context);
    }`,
  );
  writeFileSync(
    join(cwd, 'hooks.mjs'),
    `import { register } from 'node:module'; register('./loader.mjs', import.meta.url);`,
  );
  const environment = { NODE_OPTIONS: `--import ${join(cwd, 'hooks.mjs')}` };
  const { stdout } = await sfreplay(['__complete', 'sfreplay --topic '], { cwd, environment });
  expect(stdout).toBe('a\n');
  const loaded = readFileSync(join(cwd, 'loaded'), 'utf8').split('\n');
  expect(loaded).toContain('yaml');
  expect(loaded).not.toContain('zod');
  expect(loaded).not.toContain('undici');
});
