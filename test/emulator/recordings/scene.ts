import type { EmulatorOptions } from '../../../src/emulator/index.js';
import type { Answer, Client } from '../../helpers/emulator-client.js';

/** What is done to an emulator so that it answers what an org was recorded to answer. */
export interface Scene {
  readonly options?: EmulatorOptions;
  readonly play: (client: Client) => Promise<Answer>;
}

/** A request as it stands in the list of recordings. */
export interface Request {
  readonly params?: Readonly<Record<string, string>>;
  readonly data?: unknown;
}

const MINIMAL: Readonly<Record<string, readonly [type: string, fields: object]>> = {
  '001': ['Account', { Name: 'x' }],
  '003': ['Contact', { LastName: 'x' }],
};
/** Ids that the org did not know, either. */
const STRANGERS = ['001xx000003DHP0AAO', '001000000000000000'];

/** Sends a recorded request, with records of the emulator in the place of those that it names. */
export function replayed(kind: string, request: Request, given: readonly object[] = []): Scene {
  const [method = 'GET', path = '/'] = kind.split(' ');
  return {
    play: async (client) => {
      for (const fields of given) await made(client, 'Contact', fields);
      const query = new URLSearchParams(request.params).toString();
      const isBody = !('data' in request) && request.params === undefined && method !== 'GET';
      const body = isBody ? request : request.data;
      let text = `${path}${query === '' ? '' : `?${query.replaceAll('%2C', ',')}`}\n${body === undefined ? '' : JSON.stringify(body)}`;
      for (const id of new Set(text.match(/\b[a-zA-Z0-9]{15}[A-Z0-5]{3}\b/g))) {
        const [type, fields] = MINIMAL[id.slice(0, 3)] ?? [];
        if (type && fields && !STRANGERS.includes(id)) text = text.replaceAll(id, await made(client, type, fields));
      }
      const [url = '', sent = ''] = text.replace(/v(?:xx|XX)\.0|<api_version>/g, 'v62.0').split('\n');
      return client.call(method, url, sent === '' ? undefined : sent);
    },
  };
}

export const one =
  (method: string, path: string, body?: unknown, headers?: Record<string, string>): Scene['play'] =>
  (client) =>
    client.call(method, path, typeof body === 'string' || body === undefined ? body : JSON.stringify(body), headers);

export const collection = (
  method: string,
  records: readonly object[],
  { path = '', allOrNone = false } = {},
): Scene['play'] => one(method, `composite/sobjects${path}`, { allOrNone, records });

export const account = (fields: object) => ({ attributes: { type: 'Account' }, ...fields });
export const contact = (fields: object) => ({ attributes: { type: 'Contact' }, ...fields });
export const field = (name: string, label: string, more: object = {}): EmulatorOptions['describes'] => [
  {
    name: name.split('.')[0],
    label: name.split('.')[0],
    keyPrefix: 'a77',
    fields: [{ name: name.split('.')[1], label, type: 'string', length: 255, ...more }],
  },
];
export const text = (length: number) => ({ type: 'string', length }) as const;

export async function made(client: Client, type: string, fields: object): Promise<string> {
  const { json } = await client.call('POST', `sobjects/${type}`, JSON.stringify(fields));
  return (json as { id: string }).id;
}
