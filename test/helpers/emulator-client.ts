import { Emulator, type EmulatorOptions } from '../../src/emulator/index.js';

/** One element of a collections answer. */
export interface Element {
  readonly id?: string;
  readonly success: boolean;
  readonly created?: boolean;
  readonly errors: readonly { readonly statusCode: string; readonly message: string; readonly fields: string[] }[];
}

/** A job document, in the keys the tests look at. */
export interface JobDocument extends Record<string, unknown> {
  readonly id: string;
  readonly state: string;
}

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the body is no JSON. */
  readonly json: unknown;
  /** `json`, taken for a collections answer. */
  readonly elements: readonly Element[];
}

/** A bare HTTP client that sends what it is told, right or wrong. */
export class Client {
  readonly emulator: Emulator;
  readonly #token: string;

  static async start(options: EmulatorOptions = {}): Promise<Client> {
    return new Client(await Emulator.start(options));
  }

  constructor(emulator: Emulator) {
    this.emulator = emulator;
    this.#token = emulator.issueToken();
  }

  /** @param path below `/services/data/v62.0/`, or absolute */
  async call(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = path.startsWith('/') ? path : `/services/data/v62.0/${path}`;
    const response = await fetch(this.emulator.url + url, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
    const json: unknown = isJson ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json, elements: json as Element[] };
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  /** @param records JSON text of the records, without `attributes` */
  collection(method: string, type: string, records: readonly string[], path = '', rest = ''): Promise<Answer> {
    const typed = records.map((record) =>
      record.replace(/^\{/, `{"attributes":{"type":"${type}"},`).replace(/,\}$/, '}'),
    );
    return this.call(method, `composite/sobjects${path}`, `{${rest}"records":[${typed.join(',')}]}`);
  }

  /** Creates a job, uploads, closes it and waits for its end; gives the last job document. */
  async load(job: Record<string, string>, csv: string): Promise<JobDocument> {
    const made = await this.call('POST', 'jobs/ingest', JSON.stringify(job));
    const path = `jobs/ingest/${(made.json as JobDocument).id}`;
    await this.call('PUT', `${path}/batches`, csv, { 'content-type': 'text/csv' });
    await this.call('PATCH', path, '{"state":"UploadComplete"}');
    return this.finished(path);
  }

  async finished(path: string): Promise<JobDocument> {
    for (;;) {
      const job = (await this.get(path)).json as JobDocument;
      if (['JobComplete', 'Failed', 'Aborted'].includes(job.state)) return job;
    }
  }

  async results(id: string): Promise<{ successful: string; failed: string; unprocessed: string }> {
    const [successful, failed, unprocessed] = await Promise.all(
      ['successfulResults', 'failedResults', 'unprocessedrecords'].map((file) => this.get(`jobs/ingest/${id}/${file}`)),
    );
    return { successful: successful!.text, failed: failed!.text, unprocessed: unprocessed!.text };
  }
}
