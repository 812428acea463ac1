import { expect, it } from 'vitest';
import { stage } from '../stage.js';

/** Every JavaScript object has members of these names. */
const NAMES = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'];

const LINES = NAMES.flatMap((name) => [
  // As text: an object literal would take `__proto__` for its prototype.
  `{"topic":"${name}","key":{"${name}":1},"data":{"External_Id__c":"${name}","Name":"${name}","${name}":"x"}}`,
  `{"topic":"other.${name}","data":{"Name":"x"}}`,
]);

it.each(['realtime', 'bulk'])('topics, fields and keys may be named like members of objects, in %s', async (mode) => {
  const scene = await stage(LINES);
  const maps = NAMES.flatMap((name) => ['--map', `${name}=Account:upsert:External_Id__c:${mode}`]);
  const words = [...maps, '--bulk-poll-interval', '20ms', 'dump.ndjson'];
  const { status, summary } = await scene.runJson(words);
  expect(status).toBe(0);
  expect(summary.totals).toMatchObject({ read: 10, succeeded: 5, unmapped: 5 });
  expect(summary.topics.map(({ topic }) => topic)).toEqual(NAMES);
  expect(summary.topics.map(({ unknown_fields: unknown }) => Object.keys(unknown))).toEqual(
    NAMES.map((name) => [name]),
  );
  expect(scene.org.records('Account').map(({ Name }) => Name)).toEqual(expect.arrayContaining(NAMES));

  for (const more of [[], ['--json'], ['--offline']]) {
    const checked = await scene.run(['check', ...words, ...more]);
    expect(checked).toMatchObject({ status: 0, stderr: '' });
    for (const name of NAMES) expect(checked.stdout).toContain(name);
  }
  const report = await scene.run([...words, '--report', 'page.html', '--journal', 'run.journal']);
  expect(report).toMatchObject({ status: 0 });
  expect(report.stdout + scene.read('page.html')).not.toContain('[native code]');

  expect((await scene.run(['init', 'dump.ndjson'])).status).toBe(0);
});

it('variables of such names are not set', async () => {
  const scene = await stage();
  scene.write(
    '.sfreplayrc',
    'topic_mappings: [{topic: "${constructor}", sobject: "${__proto__:Account}", operation: insert}]\n',
  );
  const { status, stderr } = await scene.run(['check', '--offline'], { environment: {} });
  expect(status).toBe(2);
  expect(stderr).toContain('the environment variable constructor is not set');
  expect(stderr).not.toContain('__proto__');
});

it.each(NAMES)('a key of a configuration named %s is unknown, wherever it stands', async (name) => {
  const scene = await stage();
  scene.write(
    '.sfreplayrc',
    `${name}: 1\nhttp: { ${name}: 1 }\nauth: { flow: jwt, ${name}: 1 }\nheaders: { ${name}: x }\ntopic_mappings: [{ topic: a, sobject: A, operation: insert, ${name}: 1 }]\n`,
  );
  const { status, stderr } = await scene.run(['check', '--offline'], { environment: {} });
  expect(status).toBe(2);
  const lines = stderr.split('\n').map((line) => line.trim().replace(/ {2,}.*/, ''));
  expect(lines.slice(2, -1).sort()).toEqual(
    [name, `auth.${name}`, `headers.${name}`, `http.${name}`, `topic_mappings[0].${name}`].sort(),
  );
});
