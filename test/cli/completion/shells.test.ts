import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sfreplay } from '../executable.js';
import { Desk, hasProgram, PROMPT } from './typist.js';

async function deskWith(shell: string, name: string): Promise<Desk> {
  const desk = new Desk();
  const { status, stdout, stderr } = await sfreplay(['completion', shell], { cwd: desk.path });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  writeFileSync(join(desk.path, name), stdout);
  return desk;
}

/** `script` gives a shell its terminal. */
function describeWhere(...programs: string[]): (name: string, tests: () => void) => void {
  const missing = programs.find((program) => !hasProgram(program));
  if (missing === undefined) return describe;
  return (name, tests) => describe.skip(`${name}: left out, because ${missing} is not installed`, tests);
}

/** Lines with a Tab in them, and the words that sfreplay is called with. */
const unique: [typed: string, words: string[]][] = [
  ['sfreplay --js\t', ['--json']],
  ['sfreplay chec\t', ['check']],
  ['sfreplay check --offl\t', ['check', '--offline']],
  ['sfreplay --progress spi\t', ['--progress', 'spinner']],
  ['sfreplay --progress=spi\t', ['--progress=spinner']],
  ['sfreplay retry --envelope kc\t x', ['retry', '--envelope', 'kcat', 'x']],
  ['sfreplay my\t', ['my dump.ndjson']],
  ['sfreplay retry my\t', ['retry', 'my dump.ndjson']],
  ['sfreplay -q my\t', ['-q', 'my dump.ndjson']],
  ['sfreplay --config oth\t', ['--config', 'other.yaml']],
  ['sfreplay --topic web\t', ['--topic', 'web.leads']],
  ['sfreplay -c other.yaml --topic \t', ['-c', 'other.yaml', '--topic', 'elsewhere']],
  ['sfreplay -c program.mjs --topic \tx', ['-c', 'program.mjs', '--topic', 'x']],
  ['sfreplay --map crm.a\tAcc\tups\t\tbu\t', ['--map', 'crm.accounts=Account:upsert:External_Id__c:bulk']],
  ['sfreplay --map=web\tLe\t', ['--map=web.leads=Lead:']],
  ['sfreplay completion zs\t', ['completion', 'zsh']],
  ['sfreplay help em\t', ['help', 'emulator']],
  ['sfreplay --max-retries \t7', ['--max-retries', '7']],
  ['sfreplay emulator my\tx', ['emulator', 'myx']],
];
const typed = unique.map(([line]) => line);
const expected = unique.map(([, words]) => words);

const TOPICS = ['crm.accounts', 'crm.contacts', 'web.leads'];
const COMMANDS = [...['replay', 'retry', 'check', 'diff', 'init', 'demo', 'emulator', 'completion', 'schema', 'help']];

describeWhere('bash', 'script')('in bash', () => {
  const RC = `PS1='${PROMPT}'\nbind 'set enable-bracketed-paste off'\nbind 'set bell-style none'\nsource completion.bash\n`;
  const BASH = 'bash --noprofile --rcfile rc -i';
  const ALL = '\u001b*';

  it('completes what is typed', async () => {
    const desk = await deskWith('bash', 'completion.bash');
    writeFileSync(join(desk.path, 'rc'), RC);
    expect(await desk.type(BASH, typed)).toEqual(expected);
    expect(desk.has('ran')).toBe(false);
  });

  it('knows what there is to choose from', async () => {
    const desk = await deskWith('bash', 'completion.bash');
    writeFileSync(join(desk.path, 'rc'), RC);
    const [topics, first, flags] = await desk.type(BASH, [
      `sfreplay --topic ${ALL}`,
      `sfreplay ${ALL}`,
      `sfreplay check --${ALL}`,
    ]);
    expect(topics).toEqual(['--topic', ...TOPICS]);
    expect(first).toEqual(expect.arrayContaining([...COMMANDS, 'my dump.ndjson', 'other.yaml']));
    expect(flags).toEqual(expect.arrayContaining(['check', '--config', '--offline', '--help']));
    expect(flags).not.toContain('--progress');
  });

  it('works where : and = do not break words', async () => {
    const desk = await deskWith('bash', 'completion.bash');
    writeFileSync(join(desk.path, 'rc'), `${RC}COMP_WORDBREAKS=$' \\t\\n"\\''\n`);
    expect(await desk.type(BASH, ['sfreplay --map crm.a\tAcc\tups\t', 'sfreplay --progress=spi\t'])).toEqual([
      ['--map', 'crm.accounts=Account:upsert:'],
      ['--progress=spinner'],
    ]);
  });
});

describeWhere('zsh', 'script')('in zsh', () => {
  const ZSH = 'ZDOTDIR=. exec zsh -i';
  const RC = `PS1='${PROMPT}'; unsetopt zle_bracketed_paste prompt_cr prompt_sp beep; unset zle_bracketed_paste
fpath=($DESK $fpath); autoload -U compinit; compinit -u -D
zstyle ':completion:all-matches::::' completer _all_matches
zstyle ':completion:all-matches:*' old-matches only
zle -C all-matches complete-word _generic; bindkey '^X' all-matches
`;

  it('completes what is typed', async () => {
    const desk = await deskWith('zsh', '_sfreplay');
    writeFileSync(join(desk.path, '.zshrc'), RC);
    expect(await desk.type(ZSH, typed)).toEqual(expected);
    expect(desk.has('ran')).toBe(false);
  });

  it('knows what there is to choose from, sourced too', async () => {
    const desk = await deskWith('zsh', 'completion.zsh');
    writeFileSync(join(desk.path, '.zshrc'), `${RC}source completion.zsh\n`);
    const [topics, first] = await desk.type(ZSH, ['sfreplay --topic \t\u0018', 'sfreplay \t\u0018']);
    expect(topics).toEqual(['--topic', ...TOPICS]);
    expect(first).toEqual(expect.arrayContaining([...COMMANDS, 'my dump.ndjson', 'other.yaml']));
  });
});

describeWhere('fish')('in fish', () => {
  const choices = (desk: Desk, line: string): string[] => {
    const script = 'source completion.fish; complete -C $argv[1]';
    const text = execFileSync('fish', ['--no-config', '-c', script, line], { cwd: desk.path, env: desk.environment });
    return text
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((choice) => choice.split('\t')[0] ?? '');
  };

  it('knows what there is to choose from', async () => {
    const desk = await deskWith('fish', 'completion.fish');
    const table: [string, string[]][] = [
      ['sfreplay --js', ['--json']],
      ['sfreplay chec', ['check']],
      ['sfreplay check --offl', ['--offline']],
      ['sfreplay --progress spi', ['spinner']],
      ['sfreplay --progress=spi', ['--progress=spinner']],
      ['sfreplay retry --envelope kc', ['kcat']],
      ['sfreplay my', ['my dump.ndjson']],
      ['sfreplay retry my', ['my dump.ndjson']],
      ['sfreplay --config oth', ['other.yaml']],
      ['sfreplay --topic ', TOPICS],
      ['sfreplay -c other.yaml --topic ', ['elsewhere']],
      ['sfreplay -c program.mjs --topic ', []],
      ['sfreplay --map crm.a', ['crm.accounts=']],
      ['sfreplay --map crm.accounts=Acc', ['crm.accounts=Account:']],
      ['sfreplay --map crm.accounts=Account:upsert:', ['crm.accounts=Account:upsert:External_Id__c:']],
      ['sfreplay completion ', ['bash', 'fish', 'zsh']],
      ['sfreplay help em', ['emulator']],
      ['sfreplay --max-retries ', []],
      ['sfreplay emulator my', []],
    ];
    const found = table.map(([line]) => [line, choices(desk, line).sort()]);
    expect(found).toEqual(table);
    expect(choices(desk, 'sfreplay ')).toEqual(expect.arrayContaining([...COMMANDS, 'other.yaml']));
    expect(desk.has('ran')).toBe(false);
  });
});
