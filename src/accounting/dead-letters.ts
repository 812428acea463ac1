import type { LinePosition, MalformedLine, RecordError } from '../core/record.js';

/** Why a line is in the failures file: what stands under its `error`. */
export interface DeadLetter {
  readonly position: LinePosition;
  readonly error: RecordError;
  readonly outcome: 'failed' | 'in_doubt' | 'unsent';
  readonly attempts: number;
  /** By which an insert is told from others, where it is. */
  readonly insertKey?: string | undefined;
}

/** The line of the failures file for a line that was read: the object unchanged, and `error` (contract section 6). */
export function deadLetterLine(text: string, letter: DeadLetter): string {
  const error = JSON.stringify(errorObject(letter));
  const end = text.lastIndexOf('}');
  const body = text.slice(0, end);
  // The common case is text work: the object stays as it was written, to the letter.
  if (!/"error"\s*:/.test(body)) return `${body}${/\{\s*$/.test(body) ? '' : ','}"error":${error}}`;
  return withoutMember(text, error);
}

/** The line of the failures file for a line that could not be read. */
export function malformedLetterLine(line: MalformedLine): string {
  const letter: DeadLetter = {
    position: line.position,
    error: { code: line.code, message: line.message },
    outcome: 'failed',
    attempts: 0,
  };
  return JSON.stringify({
    topic: null,
    raw: line.raw,
    ...(line.rawBase64 === undefined ? {} : { raw_base64: line.rawBase64 }),
    error: errorObject(letter),
  });
}

function errorObject({ position, error, outcome, attempts, insertKey }: DeadLetter): object {
  const { code, message, fields } = error;
  return {
    code,
    message,
    ...(fields === undefined || fields.length === 0 ? {} : { fields }),
    outcome,
    source: { file: position.file, line: position.line },
    attempts,
    ...(insertKey !== undefined && { insert_key: insertKey }),
  };
}

/** The line has a member `error` of its own, perhaps deeper down: only the outermost is replaced. */
function withoutMember(text: string, error: string): string {
  const members = membersOf(text).filter((member) => nameOf(member) !== 'error');
  return `{${[...members, `"error":${error}`].join(',')}}`;
}

/** The members of the object that a valid JSON text is, each to the letter. */
function membersOf(text: string): string[] {
  const members: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = closingQuote(text, at);
        break;
      case '{':
      case '[':
        if (depth === 0) start = at + 1;
        depth++;
        break;
      case '}':
      case ']':
        depth--;
        if (depth === 0) members.push(text.slice(start, at));
        break;
      case ',':
        if (depth !== 1) break;
        members.push(text.slice(start, at));
        start = at + 1;
        break;
      default:
    }
  }
  return members;
}

function nameOf(member: string): unknown {
  const start = member.indexOf('"');
  return JSON.parse(member.slice(start, closingQuote(member, start) + 1));
}

function closingQuote(text: string, openingQuote: number): number {
  let at = openingQuote + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
