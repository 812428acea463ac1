import { expect, it } from 'vitest';
import { account, stage, UPSERT_ACCOUNTS } from '../stage.js';

interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly problems?: readonly { readonly path: string; readonly message: string }[];
  };
}

it.each<[string, string[], ErrorDocument['error']]>([
  ['an unknown flag', ['--jurnal', 'j'], { code: 'USAGE', message: "unknown option '--jurnal'" }],
  [
    'a file that is not there',
    [...UPSERT_ACCOUNTS, 'gone'],
    { code: 'USAGE', message: expect.stringContaining('gone') as string },
  ],
  [
    'configuration',
    ['--map', 'a=Account:upsert', '--max-in-flight', '0', 'dump.ndjson'],
    {
      code: expect.any(String) as string,
      message: expect.any(String) as string,
    },
  ],
  [
    'an sObject that the org does not have',
    ['--map', 'accounts=Nonsense:insert', 'dump.ndjson'],
    { code: expect.any(String) as string, message: expect.stringContaining('Nonsense') as string },
  ],
])('--json and status 2 give a document: %s', async (_, words, error) => {
  const scene = await stage([account('A-1')]);
  for (const command of [[], ['check']]) {
    const { status, stdout, stderr } = await scene.run([...command, ...words, '--json']);
    expect(status).toBe(2);
    const document = JSON.parse(stdout) as ErrorDocument;
    expect(document).toEqual({ error: expect.objectContaining(error) as object });
    expect(stderr).toContain(document.error.message);
    for (const { path, message } of document.error.problems ?? []) {
      expect(stderr).toContain(path);
      expect(stderr).toContain(message);
    }
  }
});

it('names each problem of a configuration', async () => {
  const scene = await stage([account('A-1')]);
  scene.write('.sfreplayrc.json', '{"batch_period":"soon","topic_mapping":[]}');
  const { stdout } = await scene.run(['dump.ndjson', '--json']);
  const { error } = JSON.parse(stdout) as ErrorDocument;
  expect(error).toMatchObject({ code: 'CONFIG' });
  expect(error.problems?.map(({ path }) => path)).toEqual(expect.arrayContaining(['batch_period', 'topic_mapping']));
});

it('without --json nothing is on standard output', async () => {
  const scene = await stage([account('A-1')]);
  expect((await scene.run(['--jurnal'])).stdout).toBe('');
});
