import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { OrgOptions, OrgReport } from './options.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

/** A model org that runs in a process of its own. */
export class Org {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(options: OrgOptions = {}): Promise<Org> {
    const child = fork(MAIN, [JSON.stringify(options)]);
    const { url } = await said<{ url: string }>(child);
    return new Org(url, child);
  }

  /** Starts an org for as long as `use` takes. */
  static async use<T>(options: OrgOptions, use: (org: Org) => Promise<T>): Promise<T> {
    const org = await Org.start(options);
    try {
      return await use(org);
    } finally {
      if (org.child.connected) org.child.disconnect();
    }
  }

  /** What the org has seen since the last report. */
  async report(): Promise<OrgReport> {
    const answer = said<OrgReport>(this.child);
    this.child.send('report');
    return answer;
  }
}

/** The next message. Rejects when the process ends before. */
function said<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (status: number | null): void => reject(new Error(`the org has ended with status ${status}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}
