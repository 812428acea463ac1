import { expect, test } from 'vitest';
import { maskSecrets, Secrets } from '../../src/core/secrets.js';

test.each([
  ['https://user:pass@acme.example/a?b', 'https://***@acme.example/a?b'],
  ['"http://user:p@ss@proxy:8080"', '"http://***@proxy:8080"'],
  ['http://user:pa/ss?#@proxy', 'http://***@proxy'],
  ['token@proxy: http://token@proxy/', 'token@proxy: http://***@proxy/'],
  ['Bearer 00D5e000000abcd!AQEAQ.Fake_Token', 'Bearer 00D…!***'],
  ['Bearer abcdef0123456789', 'Bearer ***'],
  ['INVALID_SESSION_ID: 00D5e000000abcd!AQEAQ expired', 'INVALID_SESSION_ID: *** expired'],
  ['force://PlatformCLI::5Aep', 'force://***'],
  ['PASSWORD=hunter2', 'PASSWORD=***'],
  ['got 00D5e000000abcdEAA!AQEAQ.Fake_Token, 401', 'got 00D…!***, 401'],
  ['?sid=00D5e000000abcd%21AQEAQ', '?sid=00D…!***'],
  ['Authorization: Basic dXNlcjpwYXNz=', 'Authorization: Basic ***'],
  ['a JWT eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln', 'a JWT eyJ…***'],
  ['client_secret=1A2B3C&grant_type=x', 'client_secret=***&grant_type=x'],
  ['{"client_secret":"a \\" b","access_token":"x"}', '{"client_secret":***,"access_token":***}'],
  ["client_secret: 'abc def'", 'client_secret: ***'],
  ['  clientSecret: hunter2', '  clientSecret: ***'],
  ['force://PlatformCLI::5Aep861.token==@acme.example', 'force://***@acme.example'],
  ['the token 5Aep861.first_token-of-ours== of it', 'the token 5Aep…*** of it'],
  ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- x', '-----BEGIN PRIVATE KEY-----*** x'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIE, cut off', '-----BEGIN RSA PRIVATE KEY-----***'],
])('%j is masked', (text, masked) => {
  expect(maskSecrets(text)).toBe(masked);
});

test.each([
  'https://acme.example:8443/services/data',
  'http://127.0.0.1:8080/a@b',
  'mail to someone@acme.example',
  'record 001000000000001AAA',
  'expected a Bearer token',
  'the OAuth endpoint and Basic authentication',
  'client_secret is required',
  'set client_secret or access_token',
  'INVALID_SESSION_ID: Session expired or invalid',
  'INVALID_SESSION_ID: This session is not valid for use with the REST API',
  'invalid_grant: expired access/refresh token',
  'INSUFFICIENT_ACCESS: id token: Unauthorized. Session_ID: [Name]',
  'password: must be changed; access_token: EXPIRED',
  'Bearer authentication failed, Basic authentication too, OAuth read/write',
  'OAuth 2.0 is expected',
])('%j stays', (text) => {
  expect(maskSecrets(text)).toBe(text);
});

test('known secrets are masked in every spelling, the longest first', () => {
  const secrets = new Secrets();
  for (const secret of ['pass/word+1', 'pass/word+1-long', 'say "hi"', 123456, 'abc', undefined]) secrets.add(secret);
  secrets.add({ hidden: ['within', { deep: 'deeper' }] });
  const text = 'pass/word+1-long pass%2Fword%2B1 say \\"hi\\" say+%22hi%22 123456 abc within hidden deeper \uD800';
  expect(secrets.redact(text)).toBe('*** *** *** *** *** abc *** *** *** \uD800');
  secrets.add('half \uD800');
  expect(secrets.redact('half \uD800.')).toBe('***.');
});

test('a sentence stays whole that only reminds of a secret', () => {
  const secrets = new Secrets();
  secrets.add('00D5e000000abcd!AQEAQ.Fake_Token');
  const text = 'status 401, INVALID_SESSION_ID: Session expired or invalid';
  expect(secrets.redact(text)).toBe(text);
});
