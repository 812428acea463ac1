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
    const { looks, filter, flags, advice } = found;
    return `Looks like ${looks}: ${filter === undefined ? advice : pipeline(filter, line.position.file, command, flags)}`;
  }
  return undefined;
}

interface Likeness {
  readonly looks: string;
  /** The command that makes lines of `FILE`, and what sfreplay needs to be told of them. */
  readonly filter?: string;
  readonly flags?: string;
  /** Where no command does. */
  readonly advice?: string;
}

type Kind = (text: string, line: MalformedLine) => Likeness | undefined;

const LONGEST_LOOK = 4_000;

/** Characters that one does not see: controls, blanks of other widths, marks, and what has no width. */
const MARK = /(?![\t\n\r ])[\p{Cc}\p{Cf}\p{Z}]/u;
const STRING = /"(?:[^"\\]|\\.)*"/g;

/** In the order in which they are looked for. */
const KINDS: readonly Kind[] = [
  utf16,
  registryFraming,
  terminalColours,
  otherEncoding,
  bareRecord,
  consumerMessage,
  invisibleMark,
  jsonArray,
  jsonInQuotes,
  pythonDict,
  prettyPrinted,
  moreThanOneObject,
  textBefore,
  separatedValues,
];

/** Every other byte is nought. The second byte of a line end is at the beginning of the line after it. */
function utf16(text: string, { position }: MalformedLine): Likeness | undefined {
  const isBig = /^(?:\0[^\0]){3}/.test(text);
  if (!isBig && !/^(?:[^\0]\0){3}/.test(text)) return undefined;
  const order = isBig && position.line === 1 ? 'BE' : 'LE';
  return { looks: 'UTF-16 text', filter: `iconv -f UTF-16${order} -t UTF-8 FILE` };
}

/** A nought and the schema's Id in four bytes stand before the value, in the line or in the text of a payload. */
function registryFraming(text: string): Likeness | undefined {
  const looks = 'a value framed for a Schema Registry';
  if (/^\0[^]{4}\{/.test(text)) return { looks, filter: `LC_ALL=C sed 's/^\\x00....//' FILE` };
  if (!text.startsWith('\0') && !/"(?:key|payload|value)"\s*:\s*"\\u0000/.test(text)) return undefined;
  const advice =
    'let the consumer decode it, with kcat -s value=avro -r URL or rpk topic consume --use-schema-registry=value';
  return { looks, advice };
}

function terminalColours(text: string): Likeness | undefined {
  if (!text.includes('\u001b[')) return undefined;
  return { looks: 'text with the colours of a terminal', filter: `sed 's/\\x1b\\[[0-9;]*[mK]//g' FILE` };
}

function otherEncoding(text: string, { code }: MalformedLine): Likeness | undefined {
  if (code !== 'INVALID_UTF8' || !/^\s*\{/.test(text)) return undefined;
  return { looks: 'JSON in another encoding, perhaps Windows-1252', filter: 'iconv -f WINDOWS-1252 -t UTF-8 FILE' };
}

function bareRecord(_text: string, { code, message }: MalformedLine): Likeness | undefined {
  const isBare = (code === 'NO_TOPIC' || code === 'INVALID_RECORD') && message.startsWith('has no ');
  return isBare ? { looks: 'a bare record, without a topic beside it', advice: 'give --topic NAME' } : undefined;
}

/** What kcat, librdkafka and Kafka's own consumer say of themselves. */
function consumerMessage(text: string): Likeness | undefined {
  if (!/^%(?: |\d\|)|^Processed a total of \d+ messages/.test(text)) return undefined;
  const looks = text.startsWith('%')
    ? 'a message of kcat itself (keep standard error apart, or give kcat -q)'
    : 'a message of the consumer itself';
  return { looks, filter: `grep '^{' FILE` };
}

function invisibleMark(text: string, { code }: MalformedLine): Likeness | undefined {
  if (code !== 'INVALID_JSON') return undefined;
  const mark = MARK.exec(text.replace(STRING, '""'))?.[0];
  if (mark === undefined || !(text.startsWith(mark) || /^\s*[{["]/.test(text))) return undefined;
  const hex = mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const bytes = Array.from(Buffer.from(mark), (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  );
  const isFirst = text.startsWith(mark);
  const looks = `JSON with an invisible mark (U+${hex})${isFirst ? ' at its beginning' : ''}`;
  return { looks, filter: `LC_ALL=C sed 's/${isFirst ? '^' : ''}${bytes}//${isFirst ? '' : 'g'}' FILE` };
}

function jsonArray(text: string): Likeness | undefined {
  return /^\s*\[/.test(text) ? { looks: 'a JSON array', filter: `jq -c '.[]' FILE` } : undefined;
}

function jsonInQuotes(text: string): Likeness | undefined {
  return /^\s*"\s*\{\s*\\"/.test(text) ? { looks: 'JSON in quotes', filter: 'jq -r . FILE' } : undefined;
}

function pythonDict(text: string): Likeness | undefined {
  const isDict = /^\s*\{\s*'/.test(text);
  return isDict ? { looks: 'a printed Python dict', advice: 'write it with json.dumps' } : undefined;
}

function prettyPrinted(text: string, { raw }: MalformedLine): Likeness | undefined {
  const isPart = /^\s*(?:[{}\]],?\s*$|"[^"]*"\s*:)/.test(text);
  // As in `{"topic":"t",`; of a longer line the end is not in the text.
  const isBegun = raw === text && /^\s*\{.*[,{[]\s*$/s.test(text) && endOfFirstObject(text) === undefined;
  return isPart || isBegun ? { looks: 'JSON spread over several lines', filter: 'jq -c . FILE' } : undefined;
}

function moreThanOneObject(text: string): Likeness | undefined {
  const end = endOfFirstObject(text);
  const rest = end === undefined ? '' : text.slice(end).trim();
  if (rest === '') return undefined;
  if (rest.startsWith('{')) return { looks: 'several JSON objects on one line', filter: 'jq -c . FILE' };
  if (/^,\s*\{/.test(rest)) {
    return { looks: 'JSON objects with commas between them', filter: String.raw`sed 's/}, *{"/}\n{"/g' FILE` };
  }
  return { looks: `a JSON object with text after it`, filter: `sed 's/}[^}]*$/}/' FILE` };
}

/** A key, a time or a level of a log. */
function textBefore(text: string, { raw }: MalformedLine): Likeness | undefined {
  const isBefore = /^[^{["][^{]*\{\s*"/.test(text) && /\}\s*$/.test(raw.slice(-LONGEST_LOOK));
  return isBefore ? { looks: 'a JSON object with text before it', filter: `sed 's/^[^{]*//' FILE` } : undefined;
}

function separatedValues(text: string): Likeness | undefined {
  if (/[{}]/.test(text)) return undefined;
  const [name, options] = text.includes('\t')
    ? ['TSV', '--itsv']
    : ['CSV', text.includes(',') ? '--icsv' : '--icsv --ifs ";"'];
  if (!/[,;\t]/.test(text)) return undefined;
  return { looks: `${name}, not JSON`, filter: `mlr ${options} --ojsonl cat FILE`, flags: ' --topic NAME' };
}

/** The index after the object that the text begins with; undefined where it does not begin with one, or that does not end. */
function endOfFirstObject(text: string): number | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      STRING.lastIndex = at;
      const string = STRING.exec(text);
      if (string?.index !== at) return undefined;
      at += string[0].length - 1;
    } else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}
