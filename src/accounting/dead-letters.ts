import { LosslessNumber, parse, stringify } from 'lossless-json';
import type { LinePosition, MalformedLine, RecordError } from '../record.js';

/** Why a line is in the failures file: what stands under its `error`. */
export interface DeadLetter {
  readonly position: LinePosition;
  readonly error: RecordError;
  readonly outcome: 'failed' | 'in_doubt' | 'unsent';
  readonly attempts: number;
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

function errorObject({ position, error, outcome, attempts }: DeadLetter): object {
  const { code, message, fields } = error;
  return {
    code,
    message,
    ...(fields === undefined || fields.length === 0 ? {} : { fields }),
    outcome,
    source: { file: position.file, line: position.line },
    attempts,
  };
}

/** The line has a member `error` of its own, perhaps deeper down: only the outermost is replaced. */
function withoutMember(text: string, error: string): string {
  const object = parse(text, null, { parseNumber: (digits) => new LosslessNumber(digits) }) as Record<string, unknown>;
  const members = Object.entries(object).filter(([name]) => name !== 'error');
  const parts = members.map(([name, value]) => `${JSON.stringify(name)}:${stringify(value) ?? 'null'}`);
  return `{${[...parts, `"error":${error}`].join(',')}}`;
}
