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

/** The first bytes of each format. No line of JSON begins with any of them. */
const MAGIC: readonly { readonly bytes: readonly number[]; readonly format: Format }[] = [
  { bytes: [0x1f, 0x8b], format: { kind: 'gzip' } },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], format: { kind: 'zstd' } },
  // A zstd file may begin with a frame that is to be skipped; there are sixteen kinds.
  ...Array.from({ length: 16 }, (_, kind) => ({
    bytes: [0x50 + kind, 0x2a, 0x4d, 0x18],
    format: { kind: 'zstd' } as const,
  })),
  foreign([0x50, 0x4b, 0x03, 0x04], 'a zip archive', 'Unpack it first', 'unzip -p FILE'),
  foreign([0x50, 0x4b, 0x05, 0x06], 'an empty zip archive', 'There is nothing in it to replay'),
  foreign(ascii('BZh'), 'compressed with bzip2', 'Decompress it first', 'bzip2 -dc FILE'),
  foreign([0xfd, ...ascii('7zXZ'), 0], 'compressed with xz', 'Decompress it first', 'xz -dc FILE'),
  foreign([0x04, 0x22, 0x4d, 0x18], 'compressed with lz4', 'Decompress it first', 'lz4 -dc FILE'),
  foreign([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 'a 7z archive', 'Unpack it first', '7z x -so FILE'),
  foreign(ascii('PAR1'), 'a Parquet file', 'Convert it to NDJSON first'),
  foreign([...ascii('Obj'), 1], 'an Avro file', 'Convert it to NDJSON first', 'avro-tools tojson FILE'),
  foreign([0xff, 0xfe], 'UTF-16 text', 'Convert it first', 'iconv -f UTF-16 -t UTF-8 FILE'),
  foreign([0xfe, 0xff], 'UTF-16 text', 'Convert it first', 'iconv -f UTF-16 -t UTF-8 FILE'),
];

/** The number of bytes that always suffice to tell the formats apart. */
export const MAGIC_BYTES = Math.max(...MAGIC.map(({ bytes }) => bytes.length));

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
  let isOpen = beginning.length === 0;
  for (const { bytes, format } of MAGIC) {
    const shared = Math.min(bytes.length, beginning.length);
    if (!bytes.slice(0, shared).every((byte, index) => beginning[index] === byte)) continue;
    if (shared === bytes.length) return supported(format);
    isOpen = true;
  }
  return isOpen ? undefined : { kind: 'plain' };
}

function supported(format: Format): Format {
  if (format.kind !== 'zstd' || 'createZstdDecompress' in zlib) return format;
  const name = `compressed with zstd, which needs Node 22.15 or newer (this is ${process.version})`;
  return { kind: 'foreign', name, advice: 'Decompress it first', filter: 'zstd -dc FILE' };
}

function foreign(bytes: readonly number[], name: string, advice: string, filter?: string): (typeof MAGIC)[number] {
  return { bytes, format: { kind: 'foreign', name, advice, filter } };
}

function ascii(text: string): number[] {
  return [...Buffer.from(text, 'latin1')];
}

/** For a POSIX shell. */
function quoted(path: string): string {
  return /^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
