import { subscribe } from 'node:diagnostics_channel';
import type { Emulator } from '../../src/emulator/index.js';

/**
 * The org's way in. Once it is shut, connections are refused by the system; after so many refusals it is opened again,
 * or never. What the client's HTTP library met is what counts: nothing here is told by a clock.
 */
export class Door {
  /** The system's code for each connection that could not be opened. */
  readonly refusals: string[] = [];
  /** Resolves once the door is open again; undefined as long as it is not to be opened. */
  opened: Promise<void> | undefined;

  private constructor(
    private readonly org: Emulator,
    private readonly opensAfter: number,
  ) {}

  /** @param opensAfter refusals after which connections are taken again */
  static of(org: Emulator, opensAfter: number): Door {
    const door = new Door(org, opensAfter);
    doors.set(new URL(org.url).port, door);
    return door;
  }

  note(code: string): void {
    this.refusals.push(code);
    if (this.refusals.length === this.opensAfter) this.opened = this.org.acceptConnections();
  }

  remove(): void {
    doors.delete(new URL(this.org.url).port);
  }
}

const doors = new Map<string, Door>();

subscribe('undici:client:connectError', (message) => {
  const { connectParams, error } = message as { connectParams: { port: string }; error: Error & { reason?: string } };
  doors.get(connectParams.port)?.note(error.reason ?? error.message);
});

/** Another run of these tests on the same machine begins elsewhere. */
let lastPort = 20_000 + ((process.pid * 7) % 10_000);

/**
 * A port for an org that gives it up for a while. Free ports are handed out from far above: there, one of the many orgs
 * of these tests would soon be given the port of another, and requests would go astray instead of being refused.
 */
export async function onPortOfItsOwn<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await start(++lastPort);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;
    }
  }
}
