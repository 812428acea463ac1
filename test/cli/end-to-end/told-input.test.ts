import { describe, expect, it } from 'vitest';
import type { CheckReport } from '../../../src/accounting/check-report.js';
import { stage, UPSERT_ACCOUNTS } from '../stage.js';

const line = (key: string): string => `{"topic":"accounts","data":{"External_Id__c":"${key}","Name":"Fern"}}`;

/** What the input is, the malformed lines by code, and what it looks like. Whatever is good arrives. */
const SHAPES: readonly (readonly [
  name: string,
  input: string,
  counts: object,
  firstLine: number,
  hint: string,
  arrived: number,
])[] = [
  ['array', `[\n${line('A-1')},\n${line('A-2')}\n]\n`, { INVALID_JSON: 3 }, 1, `jq -c '.[]' in.json`, 1],
  ['pretty', `${JSON.stringify(JSON.parse(line('A-1')), null, 2)}\n`, { INVALID_JSON: 7 }, 1, 'jq -c . in.json', 0],
  ['firehose', `${line('A-1')}${line('A-2')}\n${line('A-3')}\n`, { INVALID_JSON: 1 }, 1, 'jq -c . in.json', 1],
  ['noise', `${line('A-1')}\n% Reached end of topic\n`, { INVALID_JSON: 1 }, 2, `grep '^{' in.json`, 1],
  ['trailing', `${line('A-1')};\n${line('A-2')} # x\n`, { INVALID_JSON: 2 }, 1, `sed 's/}[^}]*$/}/' in.json`, 0],
];

describe.each(SHAPES)('malformed lines of the shape %s', (_name, input, counts, firstLine, hint, arrived) => {
  it('are told by code with the first line and what would help, by each command in its own name', async () => {
    const scene = await stage();
    scene.write('in.json', input);
    const { summary } = await scene.runJson(['-q', ...UPSERT_ACCOUNTS, 'in.json']);
    const [first, ...others] = summary.input.malformed_errors;
    expect(Object.fromEntries(summary.input.malformed_errors.map(({ code, count }) => [code, count]))).toEqual(counts);
    expect([first?.file, first?.line, others]).toEqual(['in.json', firstLine, []]);
    expect(first?.example).toMatch(new RegExp(`^not JSON: .*\\. Looks like .*: ${escaped(hint)} \\| sfreplay$`));
    expect(summary.totals.succeeded).toBe(arrived);

    const checked = await scene.run(['check', ...UPSERT_ACCOUNTS, 'in.json']);
    expect(checked.status).toBe(1);
    expect(checked.stdout).toContain(`${hint} | sfreplay check -\n`);
    const made = await scene.run(['init', 'in.json']);
    expect(made.stdout).toContain(`INVALID_JSON  ${first!.count > 1 ? 'first at ' : ''}in.json:${firstLine}\n`);
    expect(made.stdout).toContain(`${hint} | sfreplay init -\n`);
  });
});

it('bare records, and UTF-16 of whatever kind, are told what would help', async () => {
  const scene = await stage();
  scene.write('bare.ndjson', '{"External_Id__c":"A-1"}\n');
  scene.write('utf-16.ndjson', Buffer.from(`\uFEFF${line('A-1')}\n`, 'utf16le'));
  scene.write('marked.ndjson', `${line('A-1')}\n\u200B${line('A-2')}\n`);
  const bare = await scene.run([...UPSERT_ACCOUNTS, 'bare.ndjson', 'marked.ndjson']);
  expect(bare.stdout).toContain(`Errors
  1 × NO_TOPIC  bare.ndjson:1
      has no "topic"
      Looks like a bare record, without a topic beside it: give --topic NAME
  1 × INVALID_JSON  marked.ndjson:2
`);
  expect(bare.stdout).toContain('Looks like JSON with an invisible mark (U+200B) at its beginning: ');
  for (const [words, command] of [
    [['check'], 'sfreplay check -'],
    [['--dry-run'], 'sfreplay --dry-run -'],
    [['init'], 'sfreplay init -'],
    [[], 'sfreplay'],
  ] as const) {
    const ended = await scene.run([...words, ...(words[0] === 'init' ? [] : UPSERT_ACCOUNTS), 'utf-16.ndjson']);
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toContain(`iconv -f UTF-16 -t UTF-8 utf-16.ndjson | ${command}\n`);
  }
});

describe('topics without a mapping', () => {
  const dump = [
    ...['west', 'east', 'east', 'east', 'west'].map((topic) => ({ topic: `${topic}.crm.accounts`, data: {} })),
    JSON.parse(line('A-1')) as object,
  ];

  it('are named with their counts, most frequent first', async () => {
    const scene = await stage(dump);
    const { summary } = await scene.runJson([...UPSERT_ACCOUNTS, '--report', 'report.html', 'dump.ndjson']);
    const named = [
      { topic: 'east.crm.accounts', count: 3 },
      { topic: 'west.crm.accounts', count: 2 },
    ];
    expect(summary.input).toMatchObject({ unmapped: 5, unmapped_topics: named });
    expect(scene.read('report.html')).toContain('skip: east.crm.accounts 3, west.crm.accounts 2');
    const steps = scene.path('steps.md');
    const environment = { ...scene.signIn, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: steps };
    scene.write('steps.md', '');
    const { stdout } = await scene.run([...UPSERT_ACCOUNTS, 'dump.ndjson'], { environment });
    const text = '5 lines of topics without a mapping, skipped: east.crm.accounts 3, west.crm.accounts 2';
    expect(stdout).toContain(`Unmapped   ${text}\n`);
    expect(scene.read('steps.md')).toContain(`- Unmapped: \`${text}\`\n`);
    const checked = await scene.run(['check', ...UPSERT_ACCOUNTS, '--json', 'dump.ndjson']);
    expect((JSON.parse(checked.stdout) as CheckReport).input?.unmapped_topics).toEqual(named);
  });

  it('are one error where they count as failures', async () => {
    const scene = await stage(dump);
    const { stdout } = await scene.run([...UPSERT_ACCOUNTS, '--unmapped', 'fail', 'dump.ndjson']);
    expect(stdout).toContain(`
  5 × UNMAPPED_TOPIC  first at dump.ndjson:1
      east.crm.accounts 3, west.crm.accounts 2
      No mapping names the topic west.crm.accounts
`);
  });
});

it('one error of many topics is one entry with its topics', async () => {
  const topics = Array.from({ length: 12 }, (_, index) => `t${index}`);
  const scene = await stage(topics.map((topic) => ({ topic, data: { External_Id__c: topic } })));
  const maps = topics.flatMap((topic) => ['--map', `${topic}=Account:upsert:External_Id__c`]);
  const { stdout } = await scene.run(['-q', ...maps, 'dump.ndjson']);
  expect(stdout).toContain(`Errors
  12 × REQUIRED_FIELD_MISSING  first at dump.ndjson:1
       t0 1, t1 1, t2 1, t3 1, t4 1, t5 1, t6 1, t7 1, t8 1, t9 1 and 2 more topics
       Required fields are missing: [Name]

`);
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
