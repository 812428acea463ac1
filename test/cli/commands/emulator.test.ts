import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { runEmulator } from '../../../src/cli/commands/emulator.js';
import type { Terminal } from '../../../src/cli/terminal.js';

it.each([true, false])('prints what to paste where its output is a terminal: %s', async (isTTY) => {
  const [stdout, stderr, signals] = [new PassThrough(), new PassThrough(), new EventEmitter()];
  const terminal = { stdout: Object.assign(stdout, { isTTY }), stderr, signals } as unknown as Terminal;
  const status = runEmulator({ clientSecret: "it's" }, terminal);
  const line = await new Promise<string>((resolve) => stdout.once('data', (data) => resolve(String(data))));
  const { url, client_id: id } = JSON.parse(line) as { url: string; client_id: string };
  signals.emit('SIGINT', 'SIGINT');
  expect(await status).toBe(130);
  const pasted = `In another terminal:
  export SALESFORCE_ORG_URL=${url}
  export SALESFORCE_CLIENT_ID=${id}
  export SALESFORCE_CLIENT_SECRET='it'\\''s'
`;
  expect(String(stderr.read() ?? '')).toBe(isTTY ? pasted : '');
});
