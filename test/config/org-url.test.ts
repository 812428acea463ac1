import { describe, expect, it } from 'vitest';
import { readOrgUrl } from '../../src/config/urls.js';

describe('readOrgUrl', () => {
  it.each([
    ['https://acme.my.salesforce.com', 'https://acme.my.salesforce.com'],
    ['https://acme.my.salesforce.com/', 'https://acme.my.salesforce.com'],
    ['https://Acme.my.salesforce.com/services/data?x=1#y', 'https://acme.my.salesforce.com'],
    [' https://acme.my.salesforce.com:8443 ', 'https://acme.my.salesforce.com:8443'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://org.localhost', 'http://org.localhost'],
  ])('reads %s', (written, url) => {
    expect(readOrgUrl(written)).toEqual({ url });
  });

  it.each([
    ['acme.my.salesforce.com', 'expected a URL such as https://acme.my.salesforce.com'],
    ['acme.my.salesforce.com:443/x', 'expected a URL such as https://acme.my.salesforce.com'],
    ['localhost:8080', 'expected a URL such as https://localhost:8080'],
    ['nonsense with blanks', 'expected a URL such as https://acme.my.salesforce.com'],
    [
      'http://acme.my.salesforce.com',
      'expected https, since a token must not be sent unencrypted: https://acme.my.salesforce.com',
    ],
    [
      'http://localhost.example.com',
      'expected https, since a token must not be sent unencrypted: https://localhost.example.com',
    ],
    [
      'http://127.0.0.1.example.com',
      'expected https, since a token must not be sent unencrypted: https://127.0.0.1.example.com',
    ],
    ['ftp://acme.my.salesforce.com', 'expected a URL that begins with https://'],
    ['https://user:word@acme.my.salesforce.com', 'expected a URL without user name and password'],
  ])('refuses %s', (written, problem) => {
    expect(readOrgUrl(written)).toEqual({ problem });
  });

  it('warns of the address of the pages', () => {
    expect(readOrgUrl('https://acme.lightning.force.com/lightning/page/home')).toEqual({
      url: 'https://acme.lightning.force.com',
      warning:
        'org_url is the address of the Lightning pages; the API of that org is at https://acme.my.salesforce.com',
    });
  });
});
