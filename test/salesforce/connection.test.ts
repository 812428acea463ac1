import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, request as sendRequest } from 'node:http';
import { createServer as createHttpsServer, type Server } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SignInError } from '../../src/salesforce/errors.js';
import { proxyFor } from '../../src/salesforce/connector.js';
import { call, freePort, listen, makeClient, startOrg, tokenNumber } from './test-org.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const authority = fixture('authority.pem');

/** An org behind https, with a certificate of our own authority. */
async function startTlsOrg(): Promise<{ url: string; port: number }> {
  const credentials = { key: readFileSync(fixture('server.key')), cert: readFileSync(fixture('server.pem')) };
  const server: Server = createHttpsServer(credentials, (request, response) => {
    const base = `https://${String(request.headers.host)}`;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: tokenNumber(1), instance_url: base }));
  });
  const url = new URL(await listen(server));
  return { url: `https://${url.host}`, port: Number(url.port) };
}

interface TestProxy {
  readonly url: string;
  readonly connects: string[];
  readonly forwarded: string[];
  readonly authorizations: (string | undefined)[];
}

/** A proxy that tunnels every CONNECT to `tunnelPort` and forwards requests with an absolute URL. */
async function startProxy(tunnelPort?: number, status = 200): Promise<TestProxy> {
  const connects: string[] = [];
  const forwarded: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    forwarded.push(request.url ?? '');
    authorizations.push(request.headers['proxy-authorization']);
    const headers = { ...request.headers };
    delete headers['proxy-authorization'];
    const onward = sendRequest(request.url ?? '', { method: request.method, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    connects.push(request.url ?? '');
    authorizations.push(request.headers['proxy-authorization']);
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const onward = connect(tunnelPort ?? 0, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => undefined);
    onTestFinished(() => void onward.destroy());
  });
  return { url: await listen(server), connects, forwarded, authorizations };
}

function signIn(url: string, options: Parameters<typeof makeClient>[1] = {}) {
  return makeClient(url, { maxRetries: 1, ...options }).client.signIn();
}

describe('a certificate', () => {
  it('of an unknown authority is refused at once, with a hint', async () => {
    const org = await startTlsOrg();
    const { client, delays } = makeClient(org.url);
    const refused = client.signIn();
    await expect(refused).rejects.toMatchObject({ code: 'CERTIFICATE_REFUSED' });
    await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining('http.tls.root_cas_file') as string });
    expect(delays).toEqual([]);
  });

  it('is accepted through root_cas_file', async () => {
    const org = await startTlsOrg();
    expect(await signIn(org.url, { rootCasFile: authority })).toEqual({ instanceUrl: org.url });
  });

  it('is accepted through NODE_EXTRA_CA_CERTS', async () => {
    const org = await startTlsOrg();
    expect(await signIn(org.url, { env: { NODE_EXTRA_CA_CERTS: authority } })).toEqual({ instanceUrl: org.url });
  });

  it.each([fixture('missing.pem'), fixture('server.key'), fixture('.')])(
    'file %s is an error before anything is sent',
    (file) => {
      expect(() => makeClient('https://acme.my.salesforce.com', { rootCasFile: file })).toThrow(
        expect.objectContaining({ code: 'ROOT_CAS_FILE' }) as Error,
      );
    },
  );

  it('of another host is refused', async () => {
    const org = await startTlsOrg();
    const proxy = await startProxy(org.port);
    const refused = signIn('https://another.example', { rootCasFile: authority, proxyUrl: proxy.url });
    await expect(refused).rejects.toMatchObject({
      code: 'CERTIFICATE_REFUSED',
      message: expect.stringMatching(
        /^The certificate of another\.example is not accepted: .*\(through the proxy 127\.0\.0\.1:\d+\)$/,
      ) as string,
      hint: 'The certificate is for another host name: set org_url to a name in the certificate, or look for a proxy or a DNS entry that leads elsewhere.',
    });
  });
});

describe('a port that is not what it seems', () => {
  it('is told for https against http', async () => {
    const org = await startOrg(({ reply }) => reply.json(200, {}));
    const { client, delays } = makeClient(org.url.replace('http:', 'https:'));
    await expect(client.signIn()).rejects.toMatchObject({ code: 'NOT_TLS' });
    expect(delays).toEqual([]);
  });

  it('is tried again when it hangs up during the handshake', async () => {
    const server = createTcpServer((socket) => void socket.once('data', () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { client, delays } = makeClient(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(client.signIn()).rejects.toMatchObject({ code: 'ORG_UNREACHABLE' });
    expect(delays).toHaveLength(3);
  });

  it('is given up when it never finishes the handshake', async () => {
    const server = createTcpServer((socket) => onTestFinished(() => void socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const port = (server.address() as AddressInfo).port;
    const { client } = makeClient(`https://127.0.0.1:${port}`, { requestTimeoutMs: 200, maxRetries: 0 });
    await expect(client.signIn()).rejects.toMatchObject({
      code: 'ORG_UNREACHABLE',
      message: expect.stringContaining('cannot be reached') as string,
    });
  });
});

describe('a proxy', () => {
  it.each(['127.0.0.1', 'localhost'])('is never used for an org on this machine: %s', async (hostname) => {
    const org = await startOrg(({ reply }) => reply.json(200, { fine: true }));
    const proxy = await startProxy();
    const { client } = makeClient(org.url.replace('127.0.0.1', hostname), { proxyUrl: proxy.url });
    expect(await client.request(call())).toMatchObject({ value: { fine: true } });
    expect([...proxy.forwarded, ...proxy.connects]).toEqual([]);
  });

  it('is named where the way behind it fails', async () => {
    const server = createTcpServer((socket) => void socket.once('data', () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const proxy = await startProxy((server.address() as AddressInfo).port);
    const error: unknown = await signIn('https://org.example', { proxyUrl: proxy.url }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'ORG_UNREACHABLE' });
    expect(String(error)).toContain(`through the proxy ${new URL(proxy.url).host}`);
    const plain = await startOrg(({ reply }) => reply.json(200, {}));
    const other = await startProxy(Number(new URL(plain.url).port));
    await expect(signIn('https://org.example', { proxyUrl: other.url })).rejects.toMatchObject({
      code: 'NOT_TLS',
      message: `org.example does not speak https (through the proxy ${new URL(other.url).host}).`,
    });
  });

  it('tunnels https without seeing it', async () => {
    const org = await startTlsOrg();
    const proxy = await startProxy(org.port);
    const options = { rootCasFile: authority, proxyUrl: proxy.url.replace('//', '//user:pass@') };
    const { client } = makeClient('https://org.example', options);
    expect(await client.signIn()).toEqual({ instanceUrl: 'https://org.example' });
    await client.request(call());
    expect(new Set(proxy.connects)).toEqual(new Set(['org.example:443']));
    expect(proxy.authorizations[0]).toBe(`Basic ${btoa('user:pass')}`);
    expect(proxy.forwarded).toEqual([]);
  });

  it('of the environment is used for https', async () => {
    const org = await startTlsOrg();
    const proxy = await startProxy(org.port);
    await signIn('https://org.example', { rootCasFile: authority, env: { HTTPS_PROXY: proxy.url } });
    expect(proxy.connects).toEqual(['org.example:443']);
  });

  it('of the environment is left out for a loopback host', async () => {
    const org = await startOrg(({ reply }) => reply.json(200, {}));
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' };
    expect(await signIn(org.url, { env })).toEqual({ instanceUrl: org.url });
  });

  it('that refuses is told at once, without its password', async () => {
    const proxy = await startProxy(undefined, 407);
    const { client, delays } = makeClient('https://org.example', { proxyUrl: proxy.url.replace('//', '//user:pass@') });
    const error: unknown = await client.signIn().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ORG_UNREACHABLE', message: expect.stringContaining('407') as string });
    expect(error).toMatchObject({ hint: expect.stringContaining('http.proxy_url') as string });
    expect(String((error as Error).stack)).not.toContain('pass@');
    expect(delays).toEqual([]);
  });

  it('that is not there is told, and tried again', async () => {
    const proxyUrl = `http://127.0.0.1:${await freePort()}`;
    const { client, delays } = makeClient('https://org.example', { proxyUrl });
    const error: unknown = await client.signIn().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ORG_UNREACHABLE', hint: 'Check http.proxy_url or HTTPS_PROXY.' });
    expect(String(error)).toContain(new URL(proxyUrl).host);
    expect(delays).toHaveLength(3);
  });

  it('that is none is an error before anything is sent', () => {
    expect(() => makeClient('https://org.example', { proxyUrl: 'socks5://127.0.0.1:1' })).toThrow(
      expect.objectContaining({ code: 'PROXY_INVALID' }) as Error,
    );
  });

  it('that cannot reach the org is tried again', async () => {
    const proxy = await startProxy(undefined, 502);
    const { client, delays } = makeClient('https://org.example', { proxyUrl: proxy.url });
    await expect(client.signIn()).rejects.toMatchObject({ code: 'ORG_UNREACHABLE' });
    expect(delays).toHaveLength(3);
  });
});

describe('proxyFor', () => {
  const org = 'https://acme.my.salesforce.com';
  const env = { HTTPS_PROXY: 'proxy.example:3128' };
  it.each([
    ['nothing set', org, {}, undefined],
    ['environment', org, { env }, 'http://proxy.example:3128/'],
    ['lower case', org, { env: { https_proxy: 'https://p:1' } }, 'https://p:1/'],
    ['not for http', 'http://localhost:8080', { env: { ...env, HTTP_PROXY: 'http://p:1' } }, undefined],
    ['not for loopback', 'https://127.0.0.1:8443', { env }, undefined],
    ['not for [::1]', 'https://[::1]:8443', { env }, undefined],
    ['NO_PROXY domain', org, { env: { ...env, NO_PROXY: 'a.example, salesforce.com' } }, undefined],
    ['NO_PROXY with dot', org, { env: { ...env, NO_PROXY: '.Salesforce.com' } }, undefined],
    ['NO_PROXY exact', org, { env: { ...env, no_proxy: 'acme.my.salesforce.com' } }, undefined],
    ['NO_PROXY star', org, { env: { ...env, NO_PROXY: '*' } }, undefined],
    ['NO_PROXY port', org, { env: { ...env, NO_PROXY: 'salesforce.com:443' } }, undefined],
    ['NO_PROXY other port', org, { env: { ...env, NO_PROXY: 'salesforce.com:8443' } }, 'http://proxy.example:3128/'],
    [
      'NO_PROXY other host',
      org,
      { env: { ...env, NO_PROXY: 'force.com,evilsalesforce.com,' } },
      'http://proxy.example:3128/',
    ],
    ['configured wins', org, { proxyUrl: 'http://own:1', env: { ...env, NO_PROXY: '*' } }, 'http://own:1/'],
    ['configured, not for http', 'http://localhost:1', { proxyUrl: 'http://own:1' }, undefined],
    ['configured, not for 127.x', 'https://127.0.0.2:1', { proxyUrl: 'http://own:1' }, undefined],
    ['configured, not for ::1', 'https://[::1]', { proxyUrl: 'http://own:1' }, undefined],
    ['configured, not for .localhost', 'https://a.localhost.:1', { proxyUrl: 'http://own:1' }, undefined],
  ])('%s', (_name, target, settings, expected) => {
    expect(proxyFor(new URL(target), { env: {}, ...settings })?.href).toBe(expected);
  });

  it.each(['socks5://user:pw@p:1', 'http://', 'http://user:pw@:x'])('refuses %s without repeating it', (proxyUrl) => {
    const attempt = () => proxyFor(new URL(org), { proxyUrl, env: {} });
    expect(attempt).toThrow(SignInError);
    expect(attempt).not.toThrow(/pw/);
  });
});
