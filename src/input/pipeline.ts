/**
 * A pipeline for input that has to be made lines first. `FILE` in the filter is the path of the input, and the pipeline
 * ends in the command that was given, which then reads standard input.
 */
export function pipeline(filter: string, path: string, command = 'sfreplay', flags = ''): string {
  // What comes from a pipe goes through one pipe more.
  const source = path === '-' ? filter.replace(' FILE', '') : filter.replace('FILE', () => quoted(path));
  // Only a replay reads standard input without being told.
  return `${source} | ${command}${flags}${command === 'sfreplay' ? '' : ' -'}`;
}

/** For a POSIX shell. */
function quoted(path: string): string {
  return /^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
