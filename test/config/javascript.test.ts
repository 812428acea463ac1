import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadJavaScript } from '../../src/config/javascript.js';
import { folderWith } from './folder.js';

function load(name: string, text: string, longestMs?: number): Promise<unknown> {
  return loadJavaScript(join(folderWith({ [name]: text }), name), longestMs);
}

test.each([
  ['a.mjs', 'export default { a: [1, "x", null] };'],
  ['a.mjs', 'export default Promise.resolve({ a: [1, "x", null] });'],
  ['a.mjs', 'const a = await Promise.resolve([1, "x", null]); export default { a };'],
  ['a.cjs', 'module.exports = { a: [1, "x", null] };'],
  ['a.js', 'module.exports = { a: JSON.parse(process.env.OF_THE_TEST) };'],
])('%s %j', async (name, text) => {
  process.env.OF_THE_TEST = '[1,"x",null]';
  expect(await load(name, text)).toEqual({ a: [1, 'x', null] });
});

test.each([
  ['throw new Error("the vault is shut");', 'the vault is shut (line 1)'],
  ['\n\nexport default { a: b };', 'ReferenceError: b is not defined (line 3)'],
  ['export default { a: 1, b: }', "SyntaxError: Unexpected token '}'"],
  ['import x from "./missing.mjs"; export default x;', 'Cannot find module'],
  ['throw "words";', 'words'],
  ['throw null;', 'null'],
  ['throw Object.create(null);', 'it threw something that cannot be shown'],
  ['export default { get a() { throw new Error("not now"); } };', 'not now (line 1)'],
  ['export const a = 1;', 'it has no default export'],
  [
    'export default { a: (secret) => secret };',
    'its default export is not plain data: it contains a function or the like',
  ],
  ['export default new Proxy({}, {});', 'its default export is not plain data: it contains a function or the like'],
  ['process.exit(0);', 'it exited before it exported anything'],
  ['await new Promise(() => undefined); export default {};', 'it exited before it exported anything'],
  ['setTimeout(() => { throw new Error("later"); }); await new Promise((r) => setTimeout(r, 60_000));', 'later'],
])('%j is told in a sentence', async (text, sentence) => {
  await expect(load('a.mjs', text)).rejects.toThrow(sentence);
});

test.each([
  'while (true);',
  'await new Promise((resolve) => setTimeout(resolve, 60_000)); export default {};',
  'const endless = () => ({ get a() { return endless(); } }); export default new Proxy({ a: 1 }, {}) && endless();',
])('%j comes to an end', async (text) => {
  await expect(load('a.mjs', text, 700)).rejects.toThrow(/it did not finish within 0\.7 s|Maximum call stack/);
});
