import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { stringify } from 'ndjson';
import { AppendFile } from './append-file.js';
import type { DeadLetter, MalformedLine, SourceRecord } from '../core/record.js';

/** The file of lines that were not written. */
export class FailuresFile extends AppendFile {
  /** `format` gives the text of a line of it. */
  constructor(
    path: string,
    warn: (warning: string) => void,
    private readonly format: (line: DeadLetter | MalformedLine) => string,
    isSynced = false,
  ) {
    super(path, 'failures', warn, isSynced);
  }

  /** The file's path, or null as long as nothing failed. */
  get written(): string | null {
    return this.bytes > 0 ? this.path : null;
  }

  /** Resolves when the lines are in the file. */
  async add(lines: readonly (DeadLetter | MalformedLine)[]): Promise<void> {
    if (lines.length > 0) await this.append(lines.map(this.format));
  }
}

/** The file of records that were written: topic, line, id, created, and the lines that were folded into it. */
export class SuccessesFile extends AppendFile {
  constructor(path: string, warn: (warning: string) => void, isSynced = false) {
    super(path, 'successes', warn, isSynced);
  }

  async add(
    records: readonly { record: SourceRecord; id: string | undefined; created: boolean | undefined }[],
  ): Promise<void> {
    if (records.length === 0) return;
    const rows = records.map(({ record: { mapping, position, folded }, id, created }) => ({
      topic: mapping.topic,
      file: position.file,
      line: position.line,
      id: id ?? null,
      created: created ?? null,
      ...(folded === undefined ? {} : { superseded: folded.map((line) => line.position) }),
    }));
    const lines = await text(Readable.from(rows).pipe(stringify()));
    await this.append(lines.trimEnd().split('\n'));
  }
}
