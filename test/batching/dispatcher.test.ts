import { expect, test } from 'vitest';
import { Batch } from '../../src/batching/batch.js';
import { Dispatcher, type DispatcherOptions } from '../../src/batching/dispatcher.js';
import type { TopicMapping } from '../../src/core/record.js';
import { mapping, record } from './records.js';

const accounts = mapping('accounts');
const leads = mapping('leads');
const bulk = mapping('bulk', 'bulk');

function batch(of: TopicMapping, keys: string, bytes = 10): Batch {
  const made = new Batch(of, 0);
  for (const key of keys) made.add(record(of, key === '-' ? undefined : key, bytes / keys.length));
  return made;
}

/** A dispatcher whose batches are finished when told, and their names in the order they were sent. */
function setUp(options: Partial<DispatcherOptions> = {}) {
  const started: string[] = [];
  const endings = new Map<string, (error?: Error) => void>();
  const dispatcher = new Dispatcher({
    slots: (mode) => (mode === 'bulk' ? 1 : 2),
    send: (sent) => {
      const name = sent.records.map(({ key }) => key ?? '-').join('');
      started.push(name);
      return new Promise((resolve, reject) => endings.set(name, (error) => (error ? reject(error) : resolve())));
    },
    ...options,
  });
  const finish = async (name: string, error?: Error): Promise<void> => {
    endings.get(name)?.(error);
    await new Promise(setImmediate);
  };
  return { dispatcher, started, finish };
}

test('sends as many as there are slots of their mode', async () => {
  const { dispatcher, started, finish } = setUp();
  for (const keys of ['ab', 'cd', 'ef']) dispatcher.dispatch(batch(accounts, keys));
  dispatcher.dispatch(batch(bulk, 'xy'));
  expect(started).toEqual(['ab', 'cd', 'xy']);
  await finish('cd');
  expect(started).toEqual(['ab', 'cd', 'xy', 'ef']);
});

test('a batch waits for the one that holds its key; those that share none overtake it', async () => {
  const { dispatcher, started, finish } = setUp();
  dispatcher.dispatch(batch(accounts, 'ab'));
  dispatcher.dispatch(batch(accounts, 'bc'));
  dispatcher.dispatch(batch(accounts, 'de'));
  expect(started).toEqual(['ab', 'de']);
  await finish('ab');
  expect(started).toEqual(['ab', 'de', 'bc']);
});

test('versions of one key are sent in input order, one at a time', async () => {
  const { dispatcher, started, finish } = setUp();
  for (const keys of ['ap', 'aq', 'ar']) dispatcher.dispatch(batch(accounts, keys));
  expect(started).toEqual(['ap']);
  await finish('ap');
  expect(started).toEqual(['ap', 'aq']);
  await finish('aq');
  expect(started).toEqual(['ap', 'aq', 'ar']);
});

test('a batch does not overtake a waiting one that holds its key', async () => {
  const { dispatcher, started, finish } = setUp();
  dispatcher.dispatch(batch(accounts, 'a'));
  dispatcher.dispatch(batch(accounts, 'ab'));
  dispatcher.dispatch(batch(accounts, 'bc'));
  expect(started).toEqual(['a']);
  await finish('a');
  expect(started).toEqual(['a', 'ab']);
  await finish('ab');
  expect(started).toEqual(['a', 'ab', 'bc']);
});

test('the same key in another topic is another key', () => {
  const { dispatcher, started } = setUp();
  dispatcher.dispatch(batch(accounts, 'a'));
  dispatcher.dispatch(batch(leads, 'a'));
  expect(started).toEqual(['a', 'a']);
});

test('records without a key wait for nobody', () => {
  const { dispatcher, started } = setUp();
  dispatcher.dispatch(batch(accounts, '--'));
  dispatcher.dispatch(batch(accounts, '---'));
  expect(started).toEqual(['--', '---']);
});

test('it is full when too much waits, and room comes with the next end', async () => {
  const { dispatcher, finish } = setUp({ maxWaitingBytes: 100 });
  dispatcher.dispatch(batch(accounts, 'a', 1_000));
  dispatcher.dispatch(batch(accounts, 'b', 1_000));
  expect(dispatcher.isFull).toBe(false);
  dispatcher.dispatch(batch(accounts, 'c', 1_000));
  expect(dispatcher.isFull).toBe(true);
  let hasRoom = false;
  const room = dispatcher.room().then(() => (hasRoom = true));
  await new Promise(setImmediate);
  expect(hasRoom).toBe(false);
  await finish('a');
  await room;
  expect(dispatcher.isFull).toBe(false);
});

test('a batch can be sent where a slot of its mode is free and nothing before it holds one of its keys', async () => {
  const { dispatcher, finish } = setUp();
  expect(dispatcher.canSend(batch(bulk, 'b'))).toBe(true);
  dispatcher.dispatch(batch(bulk, 'a'));
  expect(dispatcher.canSend(batch(bulk, 'b'))).toBe(false);
  dispatcher.dispatch(batch(accounts, 'x'));
  dispatcher.dispatch(batch(accounts, 'xy'));
  expect(dispatcher.canSend(batch(accounts, 'z'))).toBe(true);
  expect(dispatcher.canSend(batch(accounts, 'zy'))).toBe(false);
  expect(dispatcher.canSend(batch(leads, 'y'))).toBe(true);
  await finish('a');
  expect(dispatcher.canSend(batch(bulk, 'a'))).toBe(true);
  dispatcher.halt();
  expect(dispatcher.canSend(batch(bulk, 'a'))).toBe(false);
});

test('sends more where there are more slots', async () => {
  let slots = 1;
  const { dispatcher, started, finish } = setUp({ slots: () => slots });
  for (const keys of ['a', 'b', 'c', 'd']) dispatcher.dispatch(batch(accounts, keys));
  expect(started).toEqual(['a']);
  slots = 3;
  await finish('a');
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});

test('halted, it gives back what waits and lets finish what is in flight', async () => {
  const { dispatcher, started, finish } = setUp();
  for (const keys of ['ab', 'bc', 'cd']) dispatcher.dispatch(batch(accounts, keys));
  expect(dispatcher.halt().map((left) => [...left.keys].join(''))).toEqual(['bc', 'cd']);
  dispatcher.dispatch(batch(accounts, 'z'));
  let isIdle = false;
  const idle = dispatcher.idle().then(() => (isIdle = true));
  expect(dispatcher.halt()).toHaveLength(1);
  await new Promise(setImmediate);
  expect(isIdle).toBe(false);
  await finish('ab');
  await idle;
  expect(started).toEqual(['ab']);
});

test('a send that throws is a bug: it halts everything and is thrown on', async () => {
  const { dispatcher, finish } = setUp();
  dispatcher.dispatch(batch(accounts, 'a'));
  await finish('a', new Error('boom'));
  await expect(dispatcher.idle()).rejects.toThrow('boom');
  expect(() => dispatcher.dispatch(batch(accounts, 'b'))).toThrow('boom');
});
