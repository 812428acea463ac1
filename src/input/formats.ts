import zlib from 'node:zlib';

/** What the first bytes of a file say that it is. */
type Format =
  | { readonly kind: 'plain' }
  | { readonly kind: 'gzip' | 'zstd' }
  /** Something that is never NDJSON, and would otherwise end as thousands of malformed lines. */
  | Foreign;

interface Foreign {
  readonly kind: 'foreign';
  readonly name: string;
  readonly advice: string;
  /** The command that makes text of `FILE`. */
  readonly filter?: string | undefined;
}

/** The first bytes of each format, as Latin-1. No line of JSON begins with any of them. */
const MAGIC: readonly (readonly [magic: string, format: Format])[] = [
  ['\x1f\x8b', { kind: 'gzip' }],
  ['\x28\xb5\x2f\xfd', { kind: 'zstd' }],
  // A zstd file may begin with a frame that is to be skipped; there are sixteen kinds.
  ...Array.from('PQRSTUVWXYZ[\\]^_', (kind) => [`${kind}*M\x18`, { kind: 'zstd' }] as const),
  foreign('PK\x03\x04', 'a zip archive', 'Unpack it first', 'unzip -p FILE'),
  foreign('PK\x05\x06', 'an empty zip archive', 'There is nothing in it to replay'),
  foreign('BZh', 'compressed with bzip2', 'Decompress it first', 'bzip2 -dc FILE'),
  foreign('\xfd7zXZ\0', 'compressed with xz', 'Decompress it first', 'xz -dc FILE'),
  foreign('\x04"M\x18', 'compressed with lz4', 'Decompress it first', 'lz4 -dc FILE'),
  foreign('7z\xbc\xaf\x27\x1c', 'a 7z archive', 'Unpack it first', '7z x -so FILE'),
  foreign('PAR1', 'a Parquet file', 'Convert it to NDJSON first'),
  foreign('Obj\x01', 'an Avro file', 'Convert it to NDJSON first', 'avro-tools tojson FILE'),
  foreign('\xff\xfe', 'UTF-16 text', 'Convert it first', 'iconv -f UTF-16 -t UTF-8 FILE'),
  foreign('\xfe\xff', 'UTF-16 text', 'Convert it first', 'iconv -f UTF-16 -t UTF-8 FILE'),
];

/** The number of bytes that always suffice to tell the formats apart. */
export const MAGIC_BYTES = Math.max(...MAGIC.map(([magic]) => magic.length));

/** What to do with a file in a foreign format; it ends in the command that was given. */
export function adviceFor({ advice, filter }: Foreign, path: string, command?: string): string {
  return filter === undefined ? `${advice}.` : `${advice}, as in: ${pipeline(filter, path, command)}`;
}

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

/** Undefined while `beginning` may still become one or another. */
export function recogniseFormat(beginning: Buffer): Format | undefined {
  const text = beginning.toString('latin1', 0, MAGIC_BYTES);
  const found = MAGIC.find(([magic]) => text.startsWith(magic));
  if (found !== undefined) return supported(found[1]);
  return MAGIC.some(([magic]) => magic.startsWith(text)) ? undefined : { kind: 'plain' };
}

function supported(format: Format): Format {
  if (format.kind !== 'zstd' || 'createZstdDecompress' in zlib) return format;
  const name = `compressed with zstd, which needs Node 22.15 or newer (this is ${process.version})`;
  return { kind: 'foreign', name, advice: 'Decompress it first', filter: 'zstd -dc FILE' };
}

function foreign(magic: string, name: string, advice: string, filter?: string): (typeof MAGIC)[number] {
  return [magic, { kind: 'foreign', name, advice, filter }];
}

/** For a POSIX shell. */
function quoted(path: string): string {
  return /^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
