import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { hasColor, print, progressStyle, widthOf, type ProgressChoice, type Terminal } from '../../src/cli/terminal.js';

function stream(isTTY: boolean, columns?: number): NodeJS.WriteStream {
  return Object.assign(new PassThrough(), { isTTY, columns }) as unknown as NodeJS.WriteStream;
}

describe('hasColor', () => {
  it.each<[boolean, Record<string, string>, boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('on a terminal: %s, with %j: %s', (isTTY, environment, color) => {
    expect(hasColor(stream(isTTY), environment)).toBe(color);
  });
});

describe('progressStyle', () => {
  it.each<[ProgressChoice, boolean, Record<string, string>, string]>([
    ['auto', true, {}, 'spinner'],
    ['auto', false, {}, 'plain'],
    ['auto', true, { TERM: 'dumb' }, 'plain'],
    ['auto', true, { CI: 'true' }, 'plain'],
    ['auto', true, { CI: 'false' }, 'spinner'],
    ['spinner', true, { CI: 'true' }, 'spinner'],
    ['plain', true, {}, 'plain'],
    ['none', true, {}, 'none'],
    ['spinner', false, {}, 'spinner'],
  ])('%s on a terminal: %s, with %j: %s', (choice, isTTY, environment, style) => {
    expect(progressStyle(choice, { stderr: stream(isTTY), environment } as unknown as Terminal)).toBe(style);
  });
});

describe('widthOf', () => {
  it.each([
    [stream(true, 60), 60],
    [stream(true), 80],
    [stream(false), 120],
  ])('is that of the window, if there is one', (output, width) => {
    expect(widthOf(output)).toBe(width);
  });
});

describe('print', () => {
  function failing(code: string): NodeJS.WriteStream {
    const output = new PassThrough({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
    });
    output.on('error', () => undefined);
    return output as unknown as NodeJS.WriteStream;
  }

  it('takes a reader that has gone for no error', async () => {
    await expect(print(failing('EPIPE'), 'text')).resolves.toBeUndefined();
  });

  it('tells of a full disk', async () => {
    await expect(print(failing('ENOSPC'), 'text')).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: 'Cannot write to standard output: no space is left on the device.',
    });
  });
});
