import { expect, test } from 'vitest';
import { stage } from '../cli/stage.js';
import { blocks } from './readme.js';

const configurations = blocks('yaml').filter((block) => block.includes('\nauth:\n'));

test('there is a configuration for each flow of auth that has no flag', () => {
  expect(configurations.map((block) => /flow: (\w+)/.exec(block)?.[1])).toEqual(['jwt', 'refresh_token']);
});

test.each(configurations)('signs in:\n%s', async (block) => {
  const scene = await stage([], { username: 'loader@example.com' });
  const { url, clientId, clientSecret, privateKey = '', refreshToken } = scene.org;
  scene.write('.sfreplayrc.yaml', block.replace('https://example.my.salesforce.com', url));
  scene.write('server.key', privateKey);
  scene.write('refresh-token', refreshToken);
  const environment = { SALESFORCE_CLIENT_ID: clientId, SALESFORCE_CLIENT_SECRET: clientSecret };
  const needed = Object.entries(environment).filter(([name]) => block.includes(name));
  const { status, stderr } = await scene.run(['check', '--map', 'a=Account:insert'], {
    environment: Object.fromEntries(needed),
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
