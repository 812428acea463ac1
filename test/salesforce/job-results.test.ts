import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readResults } from '../../src/salesforce/job-results.js';
import { makeClient, requestError, startOrg, type Handler } from './test-org.js';

const csvType = { 'content-type': 'text/csv' };
const failed =
  '"sf__Id","sf__Error",Name\n"","INVALID_FIELD:Failed to deserialize, \'\'\nnot a date:CloseDate --","Fern, ""Blue"""\r\n"001","X:y:--",\n';
const rows = [
  ['', "INVALID_FIELD:Failed to deserialize, ''\nnot a date:CloseDate --", 'Fern, "Blue"'],
  ['001', 'X:y:--', ''],
];

async function read(handler: Handler, options: Parameters<typeof makeClient>[1] = {}) {
  const org = await startOrg(handler);
  const starts: { columns: readonly string[]; rows: (readonly string[])[] }[] = [];
  const result = readResults(makeClient(org.url, options).client, '750A', 'failedResults', (columns) => {
    const start = { columns, rows: [] as (readonly string[])[] };
    starts.push(start);
    return (row) => void start.rows.push(row);
  });
  return { org, starts, result };
}

describe('readResults', () => {
  it.each([
    ['plain', failed, {}],
    ['with a byte-order mark', `\uFEFF${failed}`, {}],
    ['compressed', gzipSync(failed), { 'content-encoding': 'gzip' }],
    ['without a last line end', failed.trimEnd(), {}],
  ])('reads a file %s', async (_name, body, headers) => {
    const { org, starts, result } = await read(({ reply }) => reply.raw(200, body, { ...csvType, ...headers }));
    expect(await result).toEqual({ kind: 'rows', rows: 2 });
    expect(starts).toEqual([{ columns: ['sf__Id', 'sf__Error', 'Name'], rows }]);
    expect(org.seen[0]).toMatchObject({
      method: 'GET',
      url: '/services/data/v65.0/jobs/ingest/750A/failedResults',
      headers: { accept: 'text/csv' },
    });
  });

  it('reads a file of a header alone', async () => {
    const { starts, result } = await read(({ reply }) => reply.raw(200, '"sf__Id","sf__Created",Name', csvType));
    expect(await result).toEqual({ kind: 'rows', rows: 0 });
    expect(starts).toEqual([{ columns: ['sf__Id', 'sf__Created', 'Name'], rows: [] }]);
  });

  it('reads an empty file', async () => {
    const { starts, result } = await read(({ reply }) => reply.raw(200, '', csvType));
    expect(await result).toEqual({ kind: 'rows', rows: 0 });
    expect(starts).toEqual([{ columns: [], rows: [] }]);
  });

  it.each([
    [
      'by its length',
      ({ reply, socket }) => {
        reply.response.writeHead(200, { ...csvType, 'content-length': '10000' });
        reply.response.write(failed, () => socket.destroy());
      },
    ],
    ['in a quoted value', ({ reply }) => reply.raw(200, '"sf__Id","sf__Error",Name\n"001","X', csvType)],
    ['in a row', ({ reply }) => reply.raw(200, '"sf__Id","sf__Error",Name\n"001","X"\n', csvType)],
    [
      'in its compression',
      ({ reply }) =>
        reply.raw(200, gzipSync(failed.repeat(50)).subarray(0, 60), { ...csvType, 'content-encoding': 'gzip' }),
    ],
    ['by a web page', ({ reply }) => reply.raw(200, '<html>', { 'content-type': 'text/html' })],
    ['by an error document', ({ reply }) => reply.json(200, [{ errorCode: 'X', message: '' }])],
    [
      'by silence',
      ({ reply }) => {
        reply.response.writeHead(200, csvType);
        reply.response.write(failed);
      },
    ],
  ] satisfies [string, Handler][])('starts again when the file is cut %s', async (_name, cut) => {
    const { starts, result } = await read(
      (exchange) => (exchange.count === 1 ? cut(exchange) : exchange.reply.raw(200, failed, csvType)),
      { requestTimeoutMs: 3_000 },
    );
    expect(await result).toEqual({ kind: 'rows', rows: 2 });
    expect(starts.at(-1)).toEqual({ columns: ['sf__Id', 'sf__Error', 'Name'], rows });
  });

  it.each([
    [404, [{ errorCode: 'NOT_FOUND', message: 'gone' }], 'NOT_FOUND', 'gone'],
    [400, [{ errorCode: 'INVALIDJOBSTATE', message: 'not yet' }], 'INVALIDJOBSTATE', 'not yet'],
    [404, {}, 'HTTP_404', ''],
  ])('tells that there is no file: %i %j', async (status, document, code, message) => {
    const { starts, result } = await read(({ reply }) => reply.json(status, document));
    expect(await result).toEqual({ kind: 'unavailable', status, code, message });
    expect(starts).toEqual([]);
  });

  it('gives up in the end', async () => {
    const { result } = await read(({ reply }) => reply.raw(200, '"a","b"\n"c', csvType));
    expect(await requestError(result)).toMatchObject({ code: 'UNUSABLE_REPLY', attempts: 4 });
  });

  it('does not hide an error of the sink', async () => {
    const org = await startOrg(({ reply }) => reply.raw(200, failed, csvType));
    const result = readResults(makeClient(org.url).client, '750A', 'failedResults', () => () => {
      throw new Error('sink');
    });
    await expect(result).rejects.toThrow('sink');
    expect(org.seen).toHaveLength(1);
  });

  it('takes its time with a large file, and the time-out is for silence', async () => {
    const line = `"001","true","${'x'.repeat(1000)}"\n`;
    const { result } = await read(
      async ({ reply }) => {
        reply.response.writeHead(200, csvType);
        reply.response.write('"sf__Id","sf__Created",Name\n');
        for (let i = 0; i < 6; i += 1) {
          await new Promise((resolve) => setTimeout(resolve, 600));
          reply.response.write(line.repeat(1000));
        }
        reply.response.end();
      },
      // Far from each pause: a busy machine may hold one up.
      { requestTimeoutMs: 3_000, maxRetries: 0 },
    );
    expect(await result).toEqual({ kind: 'rows', rows: 6_000 });
  });
});
