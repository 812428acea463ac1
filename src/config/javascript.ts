import { pathToFileURL } from 'node:url';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { DocumentError, plainTree } from './tree.js';

/** What a configuration may take that asks others for its values. */
const LONGEST_MS = 15_000;

/**
 * The default export of a JavaScript file, as plain data. It runs in a thread of its own: what never ends can be ended there,
 * and nothing but data comes out. Throws `DocumentError`.
 */
export async function loadJavaScript(path: string, longestMs = LONGEST_MS): Promise<unknown> {
  const worker = new Worker(PROGRAM, { eval: true, workerData: pathToFileURL(path).href, env: SHARE_ENV });
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const tooLong = `it did not finish within ${longestMs / 1000} s`;
      const timer = setTimeout(() => reject(new DocumentError(tooLong)), longestMs);
      worker.once('message', resolve);
      worker.once('error', (error) => resolve({ kind: 'thrown', error }));
      worker.once('exit', () => reject(new DocumentError('it exited before it exported anything')));
      worker.once('exit', () => clearTimeout(timer));
    });
    switch (answer.kind) {
      case 'config':
        return plainTree(answer.config);
      case 'no_default':
        throw new DocumentError('it has no default export');
      case 'no_data':
        throw new DocumentError('its default export is not plain data: it contains a function or the like');
      case 'thrown':
        throw new DocumentError(sentenceOf(answer.error, path), { cause: answer.error });
    }
  } finally {
    await worker.terminate();
  }
}

type Answer =
  | { readonly kind: 'config'; readonly config: unknown }
  | { readonly kind: 'no_default' | 'no_data' }
  | { readonly kind: 'thrown'; readonly error: unknown };

/** A thrown error may be anything: what is told of it must be data, too. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const post = (answer) => parentPort.postMessage(answer);
const told = (error) => (error instanceof Error ? error : new Error(String(error)));
import(workerData)
  .then(async (module) => {
    if (!('default' in module)) return post({ kind: 'no_default' });
    try {
      post({ kind: 'config', config: await module.default });
    } catch (error) {
      if (error?.name !== 'DataCloneError') throw error;
      post({ kind: 'no_data' });
    }
  })
  .catch((error) => post({ kind: 'thrown', error: told(error) }))
  .catch(() => post({ kind: 'thrown', error: new Error('it threw something that cannot be shown') }));
`;

function sentenceOf(error: unknown, path: string): string {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const places = [pathToFileURL(path).href, path].map((place) => stack.indexOf(`${place}:`) + place.length + 1);
  const line = places.map((at) => /^\d+/.exec(stack.slice(at))?.[0]).find((number) => number !== undefined);
  const words = name === 'Error' || message === '' ? message || name : `${name}: ${message}`;
  return line === undefined ? words : `${words} (line ${line})`;
}
