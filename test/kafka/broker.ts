import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { statusOf } from '../cli/executable.js';

export const HAS_KCAT = spawnSync('kcat', ['-V']).status === 0;

/** One message: a key, and a value or null for a tombstone. */
export type KeyedMessage = readonly [key: string, value: object | null];

/** A Kafka broker inside a kcat that waits for input, with four partitions to a topic; it ends with the test. */
export class MockBroker {
  private constructor(private readonly address: string) {}

  static async start(): Promise<MockBroker> {
    const words = ['-b', 'replaced', '-X', 'test.mock.num.brokers=1', '-d', 'mock', '-P', '-t', 'none'];
    const child = spawn('kcat', words, { stdio: ['pipe', 'ignore', 'pipe'] });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await statusOf(child).catch(() => undefined);
    });
    const address = await new Promise<string>((resolve, reject) => {
      let log = '';
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`the mock broker did not start:\n${log}`)));
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (log.length < 10_000) log += text;
        const found = /bootstrap\.servers=([\d.]+:\d+)/.exec(log)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    return new MockBroker(address);
  }

  async produce(topic: string, messages: readonly KeyedMessage[]): Promise<void> {
    const child = spawn('kcat', ['-b', this.address, '-P', '-t', topic, '-K', '\t', '-Z'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end(
      messages.map(([key, value]) => `${key}\t${value === null ? '' : JSON.stringify(value)}\n`).join(''),
    );
    const status = await statusOf(child);
    if (status !== 0) throw new Error(`kcat -P ended with ${status}`);
  }

  /** A kcat that prints all messages of the topic as JSON and then ends. */
  consume(topic: string): ChildProcess {
    const child = spawn('kcat', ['-b', this.address, '-C', '-J', '-e', '-q', '-o', 'beginning', '-t', topic], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }
}
