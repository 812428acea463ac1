import { RESULT_CELLS } from './documents.js';

const NEWLINE = 10;

/** A bulk job of the model: how many rows it has, and which row stands for all. */
export class Job {
  state: 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' = 'Open';
  rows = 0;
  processed = 0;
  /** Header and first row, with their line ends. */
  #head = '';
  #headLines = 0;
  #lastByte = NEWLINE;

  constructor(
    readonly id: string,
    private readonly request: Readonly<Record<string, unknown>>,
    /** Of its rows; the first ones. */
    readonly failed: number,
  ) {}

  /** Takes a piece of the upload. The dump has no line breaks inside values, so that a line is a row. */
  take(piece: Buffer): void {
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, from)) {
      if (this.#headLines < 2) this.#head += piece.toString('utf8', from, at + 1);
      this.#headLines++;
      from = at + 1;
    }
    if (this.#headLines < 2) this.#head += piece.toString('utf8', from);
    this.#lastByte = piece[piece.length - 1] ?? this.#lastByte;
  }

  endUpload(): void {
    this.rows = this.#headLines - (this.#lastByte === NEWLINE ? 1 : 0);
  }

  document(): string {
    return JSON.stringify({
      ...this.request,
      id: this.id,
      state: this.state,
      createdById: '0055e000001BENCHAA0',
      createdDate: '2026-01-09T19:25:27.000+0000',
      systemModstamp: '2026-01-09T19:25:27.000+0000',
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: 65,
      jobType: 'V2Ingest',
      contentUrl: `services/data/v65.0/jobs/ingest/${this.id}/batches`,
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
      numberRecordsProcessed: this.processed,
      numberRecordsFailed: this.state === 'JobComplete' ? this.failed : 0,
      retries: 0,
      totalProcessingTime: 0,
      apiActiveProcessingTime: 0,
      apexProcessingTime: 0,
    });
  }

  /** A result file of the right size; each row is the first of the upload, which a client cannot tell from the real one. */
  results(kind: string): Buffer {
    const cut = this.#head.indexOf('\n') + 1;
    const [header, row] = [this.#head.slice(0, cut), this.#head.slice(cut)];
    if (kind !== 'successfulResults' && kind !== 'failedResults') return Buffer.from(header);
    const cells = RESULT_CELLS[kind];
    const rows = kind === 'failedResults' ? this.failed : this.rows - this.failed;
    const one = Buffer.from(cells.row + (row.endsWith('\n') ? row : `${row}\n`));
    return Buffer.concat([Buffer.from(cells.header + header), Buffer.alloc(one.length * rows, one)]);
  }
}
