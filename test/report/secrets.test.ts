import { expect, test } from 'vitest';
import { maskSecrets } from '../../src/report/secrets.js';

test.each([
  ['https://user:pass@acme.example/a?b', 'https://***@acme.example/a?b'],
  ['"http://user:p@ss@proxy:8080"', '"http://***@proxy:8080"'],
  ['http://user:pa/ss?#@proxy', 'http://***@proxy'],
  ['token@proxy: http://token@proxy/', 'token@proxy: http://***@proxy/'],
  ['Bearer 00D5e000000abcd!AQEAQ.Fake_Token', 'Bearer ***'],
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
])('%j stays', (text) => {
  expect(maskSecrets(text)).toBe(text);
});
