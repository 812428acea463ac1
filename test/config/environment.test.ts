import { describe, expect, it } from 'vitest';
import { interpolate } from '../../src/config/environment.js';
import { environmentLayers } from '../../src/config/layers.js';

const environment = { NAME: 'acme', EMPTY: '', PRICE: '$5 $& $1' };

describe('interpolate', () => {
  it.each([
    ['${NAME}', 'acme'],
    ['https://${NAME}.my.salesforce.com', 'https://acme.my.salesforce.com'],
    ['${NAME}-${NAME}', 'acme-acme'],
    ['${NAME:other}', 'acme'],
    ['${UNSET:other}', 'other'],
    ['${UNSET:}', ''],
    ['${EMPTY}', ''],
    ['${EMPTY:other}', 'other'],
    ['${UNSET:https://a.example:8080/x}', 'https://a.example:8080/x'],
    ['${UNSET:${NAME}}', 'acme'],
    ['${{NAME}}', '${NAME}'],
    ['$NAME', '$NAME'],
    ['${}', '${}'],
    ['${PRICE}', '$5 $& $1'],
  ])('reads %s as %s', (text, expected) => {
    expect(interpolate(text, environment)).toMatchObject({ value: expected, unset: [] });
  });

  it('reaches every string, however deep, and leaves keys and other values alone', () => {
    const config = { '${NAME}': 1, list: [{ topic: '${NAME}' }, true, null] };
    expect(interpolate(config, environment).value).toEqual({ '${NAME}': 1, list: [{ topic: 'acme' }, true, null] });
  });

  it('lists each unset variable with the place that needs it', () => {
    const { value, unset } = interpolate({ a: '${ONE} ${TWO}', list: [{ b: '${UNSET:${THREE}}' }] }, environment);
    expect(unset).toEqual([
      { variable: 'ONE', path: ['a'] },
      { variable: 'TWO', path: ['a'] },
      { variable: 'THREE', path: ['list', 0, 'b'] },
    ]);
    expect(value).toEqual({ a: '${ONE} ${TWO}', list: [{ b: '${THREE}' }] });
  });

  it('does not look into what it has put in', () => {
    expect(interpolate('${A}', { A: '${B}', B: 'b' }).value).toBe('${B}');
  });
});

describe('environmentLayers', () => {
  it('takes the four variables, and none that is set to nothing', () => {
    const { strong } = environmentLayers({
      SALESFORCE_ORG_URL: 'https://acme.my.salesforce.com',
      SALESFORCE_CLIENT_ID: 'id',
      SALESFORCE_CLIENT_SECRET: 'secret',
      SALESFORCE_ACCESS_TOKEN: '',
      SF_TARGET_ORG: 'uat',
      OTHER: 'x',
    });
    expect(strong.values).toEqual({
      org_url: 'https://acme.my.salesforce.com',
      client_id: 'id',
      client_secret: 'secret',
    });
  });

  it('has those of the Salesforce CLI apart, the strongest first', () => {
    const { weak } = environmentLayers({ SF_TARGET_ORG: 'uat', SFDX_AUTH_URL: 'force://x' });
    expect(weak.map(({ values }) => values)).toEqual([{ sfdx_auth_url: 'force://x' }, { target_org: 'uat' }]);
  });
});
