/** The words of a command line as a shell takes them apart, near enough; the last is the one being typed, perhaps empty. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  for (const [, word = ''] of line.matchAll(/((?:'[^']*'?|"(?:[^"\\]|\\.)*"?|\\.|[^\s'"\\])+)/g))
    words.push(unquoted(word));
  if (/(?<!\\)\s$|^$/.test(line)) words.push('');
  return words;
}

/** What is being typed, without the flag before its `=`. */
export function currentValue(words: readonly string[]): string {
  return (words.at(-1) ?? '').replace(/^--[a-z-]+=/, '');
}

/** The configuration file that the line names. The shell has not made a path of `~/` yet. */
export function configOf(words: readonly string[], home: string | undefined): string | undefined {
  let config: string | undefined;
  for (const [index, word] of words.slice(0, -1).entries()) {
    const value = /^(?:--config=|-c(?=.))(.*)$/.exec(word)?.[1];
    if (value !== undefined) config = value;
    else if (word === '-c' || word === '--config') config = index + 1 < words.length - 1 ? words[index + 1] : undefined;
  }
  return home === undefined ? config : config?.replace(/^~(?=[/\\])/, () => home);
}

function unquoted(word: string): string {
  return word.replace(
    /'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.)/g,
    (_, single?: string, double?: string, plain?: string) => {
      return single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? plain ?? '';
    },
  );
}
