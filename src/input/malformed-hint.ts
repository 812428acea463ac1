import type { MalformedLine } from '../core/record.js';
import { pipeline } from './formats.js';

/**
 * What a malformed line looks like, and what makes lines of such input; undefined where nobody can tell. `command` is the
 * one that was given.
 */
export function malformedHint(line: MalformedLine, command?: string): string | undefined {
  const text = line.raw.slice(0, LONGEST_LOOK);
  for (const kind of KINDS) {
    const found = kind(text, line);
    if (found === undefined) continue;
    const { looks, way, flags } = found;
    return `Looks like ${looks}: ${way.includes('FILE') ? pipeline(way, line.position.file, command, flags) : way}`;
  }
  return undefined;
}

interface Likeness {
  readonly looks: string;
  /** The command that makes lines of `FILE`; where none does, an advice. */
  readonly way: string;
  /** What sfreplay needs to be told of these lines. */
  readonly flags?: string;
}

type Kind = (text: string, line: MalformedLine) => Likeness | undefined;

const LONGEST_LOOK = 4_000;

/** Characters that one does not see: controls, blanks of other widths, marks, and what has no width. */
const MARK = /(?![\t\n\r ])[\p{Cc}\p{Cf}\p{Z}]/u;
const STRING = /"(?:[^"\\]|\\.)*"/g;

const UTF16 = 'UTF-16 text';
const FRAMED = 'a value framed for a Schema Registry';
const SPREAD = 'JSON spread over several lines';

/** In the order in which they are looked for. */
const KINDS: readonly Kind[] = [
  // Every other byte is nought. The second byte of a line end is at the beginning of the line after it.
  like((text, { position }) => position.line === 1 && /^(?:\0[^\0]){3}/.test(text), UTF16, iconv('UTF-16BE')),
  like(/^(?:\0[^\0]){3}|^(?:[^\0]\0){3}/, UTF16, iconv('UTF-16LE')),
  // A nought and the schema's Id in four bytes stand before the value, in the line or in the text of a payload.
  like(/^\0[^]{4}\{/, FRAMED, `LC_ALL=C sed 's/^\\x00....//' FILE`),
  like(
    /^\0|"(?:key|payload|value)"\s*:\s*"\\u0000/,
    FRAMED,
    'let the consumer decode it, with kcat -s value=avro -r URL or rpk topic consume --use-schema-registry=value',
  ),
  like(
    (text) => text.includes('\u001b['),
    'text with the colours of a terminal',
    `sed 's/\\x1b\\[[0-9;]*[mK]//g' FILE`,
  ),
  like(
    (text, { code }) => code === 'INVALID_UTF8' && /^\s*\{/.test(text),
    'JSON in another encoding, perhaps Windows-1252',
    iconv('WINDOWS-1252'),
  ),
  like(
    (_, { code, message }) => (code === 'NO_TOPIC' || code === 'INVALID_RECORD') && message.startsWith('has no '),
    'a bare record, without a topic beside it',
    'give --topic NAME',
  ),
  // What kcat, librdkafka and Kafka's own consumer say of themselves.
  like(/^%(?: |\d\|)/, 'a message of kcat itself (keep standard error apart, or give kcat -q)', `grep '^{' FILE`),
  like(/^Processed a total of \d+ messages/, 'a message of the consumer itself', `grep '^{' FILE`),
  invisibleMark,
  like(/^\s*\[/, 'a JSON array', `jq -c '.[]' FILE`),
  like(/^\s*"\s*\{\s*\\"/, 'JSON in quotes', 'jq -r . FILE'),
  like(/^\s*\{\s*'/, 'a printed Python dict', 'write it with json.dumps'),
  like(/^\s*(?:[{}\]],?\s*$|"[^"]*"\s*:)/, SPREAD, 'jq -c . FILE'),
  // As in `{"topic":"t",`; of a longer line the end is not in the text.
  like(
    (text, { raw }) => raw === text && /^\s*\{.*[,{[]\s*$/s.test(text) && restOf(text) === '',
    SPREAD,
    'jq -c . FILE',
  ),
  like((text) => restOf(text).startsWith('{'), 'several JSON objects on one line', 'jq -c . FILE'),
  like(
    (text) => /^,\s*\{/.test(restOf(text)),
    'JSON objects with commas between them',
    String.raw`sed 's/}, *{"/}\n{"/g' FILE`,
  ),
  like((text) => restOf(text) !== '', 'a JSON object with text after it', `sed 's/}[^}]*$/}/' FILE`),
  // A key, a time or a level of a log.
  like(
    (text, { raw }) => /^[^{["][^{]*\{\s*"/.test(text) && /\}\s*$/.test(raw.slice(-LONGEST_LOOK)),
    'a JSON object with text before it',
    `sed 's/^[^{]*//' FILE`,
  ),
  separatedBy('\t', 'TSV', '--itsv'),
  separatedBy(',', 'CSV', '--icsv'),
  separatedBy(';', 'CSV', '--icsv --ifs ";"'),
];

function like(
  test: RegExp | ((text: string, line: MalformedLine) => boolean),
  looks: string,
  way: string,
  flags?: string,
): Kind {
  const isLike = test instanceof RegExp ? (text: string): boolean => test.test(text) : test;
  return (text, line) => (isLike(text, line) ? { looks, way, ...(flags !== undefined && { flags }) } : undefined);
}

function iconv(encoding: string): string {
  return `iconv -f ${encoding} -t UTF-8 FILE`;
}

function separatedBy(separator: string, name: string, options: string): Kind {
  const isLike = (text: string): boolean => text.includes(separator) && !/[{}]/.test(text);
  return like(isLike, `${name}, not JSON`, `mlr ${options} --ojsonl cat FILE`, ' --topic NAME');
}

function invisibleMark(text: string, { code }: MalformedLine): Likeness | undefined {
  if (code !== 'INVALID_JSON') return undefined;
  const mark = MARK.exec(text.replace(STRING, '""'))?.[0];
  if (mark === undefined || !(text.startsWith(mark) || /^\s*[{["]/.test(text))) return undefined;
  const hex = mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const bytes = Buffer.from(mark)
    .toString('hex')
    .toUpperCase()
    .replace(/../g, String.raw`\x$&`);
  const isFirst = text.startsWith(mark);
  const looks = `JSON with an invisible mark (U+${hex})${isFirst ? ' at its beginning' : ''}`;
  return { looks, way: `LC_ALL=C sed 's/${isFirst ? '^' : ''}${bytes}//${isFirst ? '' : 'g'}' FILE` };
}

/** What follows the object that the text begins with; empty where it does not begin with one, or that does not end. */
function restOf(text: string): string {
  if (!/^\s*\{/.test(text)) return '';
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|["{}[\]]/g)) {
    // A string that does not end.
    if (token === '"') return '';
    if (token === '{' || token === '[') depth++;
    else if ((token === '}' || token === ']') && --depth === 0) return text.slice(index + 1).trim();
  }
  return '';
}
