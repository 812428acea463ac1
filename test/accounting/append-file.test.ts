import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AppendFile } from '../../src/accounting/files.js';
import { ReplayStopped } from '../../src/core/errors.js';
import { freshPath } from './folder.js';

function fileAt(path: string): { file: AppendFile; warnings: string[] } {
  const warnings: string[] = [];
  return { file: new AppendFile(path, 'failures', (warning) => warnings.push(warning)), warnings };
}

test('it is made when its first line comes', async () => {
  const path = freshPath('a');
  const { file, warnings } = fileAt(path);
  expect(existsSync(path)).toBe(false);
  await file.append(['one', 'two']);
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  await file.append(['three']);
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree\n');
  expect([file.bytes, warnings]).toEqual([14, []]);
  await file.close();
});

test('without a line there is no file, and closing is fine', async () => {
  const path = freshPath('a');
  await fileAt(path).file.close();
  expect(existsSync(path)).toBe(false);
});

test.each([
  [8, 'one\ntwo\nnew\n'],
  [4, 'one\nnew\n'],
  [0, 'new\n'],
  [99, 'one\ntwo\nthr\nnew\n'],
  [undefined, 'one\ntwo\nthr\nnew\n'],
])('of an earlier run it goes on at byte %s', async (bytes, expected) => {
  const path = freshPath('a');
  writeFileSync(path, 'one\ntwo\nthr\n');
  const { file, warnings } = fileAt(path);
  await file.goOn(bytes);
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthr\n');
  await file.cutOff();
  await file.append(['new']);
  await file.close();
  expect([readFileSync(path, 'utf8'), file.bytes, warnings]).toEqual([expected, expected.length, []]);
});

test('going on where there is no file begins one with the first line', async () => {
  const path = freshPath('a');
  const { file } = fileAt(path);
  await file.goOn(8);
  await file.cutOff();
  expect([existsSync(path), file.bytes]).toEqual([false, 0]);
  await file.append(['new']);
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe('new\n');
});

test('what an earlier run left is moved aside', async () => {
  const path = freshPath('a');
  writeFileSync(path, 'old\n');
  const { file, warnings } = fileAt(path);
  await file.append(['new']);
  await file.close();
  expect([readFileSync(path, 'utf8'), readFileSync(`${path}~`, 'utf8')]).toEqual(['new\n', 'old\n']);
  expect(warnings).toEqual([`${path} held the failures of an earlier run; they are in ${path}~ now`]);
});

test('an empty file is taken over in silence', async () => {
  const path = freshPath('a');
  writeFileSync(path, '');
  const { file, warnings } = fileAt(path);
  await file.append(['new']);
  await file.close();
  expect([readFileSync(path, 'utf8'), existsSync(`${path}~`), warnings]).toEqual(['new\n', false, []]);
});

test.runIf(existsSync('/dev/full'))('a full disk stops the run, now and for every later line', async () => {
  const { file } = fileAt('/dev/full');
  const failure: unknown = await file.append(['x']).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ReplayStopped);
  expect(failure).toMatchObject({ code: 'FILE_UNWRITABLE', message: expect.stringContaining('/dev/full') as string });
  await expect(file.append(['y'])).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  expect(file.bytes).toBe(0);
  await file.close();
});

test('a folder that does not exist stops the run', async () => {
  const { file } = fileAt(`${freshPath('nowhere')}/a`);
  await expect(file.append(['x'])).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  await file.close();
});
