import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
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
      org.child.disconnect();
    }
  }

  /** What the org has seen since the last report. */
  async report(): Promise<OrgReport> {
    const answer = said<OrgReport>(this.child);
    this.child.send('report');
    return answer;
  }
}

async function said<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}
