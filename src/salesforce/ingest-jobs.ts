import type { ErrorReply, Interruption } from './api-request.js';
import type { SalesforceClient } from './client.js';
import { isSameCode } from './error-body.js';
import { RequestError, unusable } from './errors.js';
import { backoffDelayMs } from './retry.js';

/** A Bulk API 2.0 ingest job, as far as the org told. */
export interface IngestJob {
  readonly id: string;
  /** `Open`, `UploadComplete`, `InProgress`, `JobComplete`, `Failed`, `Aborted`. */
  readonly state: string;
  /** Rows looked at, those that failed included. 0 until the org says. */
  readonly numberRecordsProcessed: number;
  readonly numberRecordsFailed: number;
  /** Why the whole job failed. */
  readonly errorMessage: string | undefined;
}

interface NewJob {
  readonly operation: 'insert' | 'update' | 'upsert' | 'delete';
  readonly sobject: string;
  /** Of an upsert; the org refuses it for the others. */
  readonly externalIdField?: string | undefined;
  /** The assignment rule to run, by its Id. */
  readonly assignmentRuleId?: string | undefined;
  /** `Sforce-*` headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export function isJobFinished({ state }: IngestJob): boolean {
  return state === 'JobComplete' || state === 'Failed' || state === 'Aborted';
}

/**
 * Creates an open job for comma-separated CSV with LF. A lost reply is repeated: what is left behind is an empty open
 * job, which the org drops after a day.
 */
export async function createJob(
  client: SalesforceClient,
  job: NewJob,
  interruption: Interruption = {},
): Promise<IngestJob> {
  const { operation, sobject, externalIdField, assignmentRuleId, headers } = job;
  const { value } = await client.request<IngestJob>({
    ...interruption,
    method: 'POST',
    path: 'jobs/ingest',
    json: JSON.stringify({
      object: sobject,
      operation,
      ...(operation === 'upsert' ? { externalIdFieldName: externalIdField } : {}),
      ...(assignmentRuleId === undefined ? {} : { assignmentRuleId }),
      contentType: 'CSV',
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
    }),
    headers,
    repeatable: true,
    read: async (reply) => parseJob(await reply.json()),
  });
  return value;
}

/**
 * Uploads the job's data, all of it in this one request. Unless nothing of it was sent or the token had expired, a
 * failure is not repeated: whatever the outcome, abort the job and upload to a new one; an open job processes nothing.
 * The time-out is for silence, not for the whole upload.
 */
export async function uploadJob(
  client: SalesforceClient,
  jobId: string,
  csv: readonly Uint8Array[],
  interruption: Interruption = {},
): Promise<void> {
  await client.request({
    ...interruption,
    method: 'PUT',
    path: `${jobPath(jobId)}/batches`,
    csv,
    repeatable: false,
    onlyIfNotSent: true,
    followsJob: true,
    timeoutKind: 'idle',
    read: (reply) => reply.text(),
  });
}

/**
 * Closes the upload, so that the org processes it. When a reply is lost the job's state tells whether it was closed.
 * Returns the job, which may be past `UploadComplete`, or `Aborted` by somebody else. Throws a {@link RequestError}.
 */
export async function closeJob(
  client: SalesforceClient,
  jobId: string,
  interruption: Interruption = {},
): Promise<IngestJob> {
  for (let retry = 1; ; retry += 1) {
    try {
      return await patchState(client, jobId, 'UploadComplete', false, interruption);
    } catch (error) {
      if (!(error instanceof RequestError) || !needsLook(error)) throw error;
      const job = await lookAfterDoubt(client, jobId, interruption);
      if (job.state !== 'Open') return job;
      if (error.outcome === 'refused' || retry > client.maxRetries) throw error;
      const delayMs = error.waitMs ?? backoffDelayMs(retry, client.random);
      await client.wait({ reason: error.message, delayMs, retry, maxRetries: client.maxRetries }, interruption);
    }
  }
}

/** Aborts the job. False when it had ended already, or is gone: look at it to know more. */
export async function abortJob(
  client: SalesforceClient,
  jobId: string,
  interruption: Interruption = {},
): Promise<boolean> {
  try {
    await patchState(client, jobId, 'Aborted', true, interruption);
    return true;
  } catch (error) {
    if (error instanceof RequestError && error.outcome === 'refused' && isOver(error)) return false;
    throw error;
  }
}

/** Looks at the job. Throws a {@link RequestError}; its status is 404 when the org does not know the job. */
export async function getJob(
  client: SalesforceClient,
  jobId: string,
  interruption: Interruption = {},
): Promise<IngestJob> {
  const { value } = await client.request<IngestJob>({
    ...interruption,
    method: 'GET',
    path: jobPath(jobId),
    repeatable: true,
    followsJob: true,
    read: async (reply) => parseJob(await reply.json()),
  });
  return value;
}

export function jobPath(jobId: string): string {
  return `jobs/ingest/${encodeURIComponent(jobId)}`;
}

async function patchState(
  client: SalesforceClient,
  jobId: string,
  state: 'UploadComplete' | 'Aborted',
  repeatable: boolean,
  interruption: Interruption,
): Promise<IngestJob> {
  const { value } = await client.request<IngestJob>({
    ...interruption,
    method: 'PATCH',
    path: jobPath(jobId),
    json: JSON.stringify({ state }),
    repeatable,
    followsJob: true,
    read: async (reply) => parseJob(await reply.json()),
  });
  return value;
}

/** Looks even while the run is stopping: it is harmless, and decides whether the records were handed over. */
async function lookAfterDoubt(client: SalesforceClient, jobId: string, { signal }: Interruption): Promise<IngestJob> {
  try {
    return await getJob(client, jobId, { signal });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const { message, code, status, errors, attempts, stop, waitMs } = error;
    // The look was not processed, but what it was to decide is still undecided.
    throw new RequestError(message, { outcome: 'unknown', code, status, errors, attempts, stop, waitMs, cause: error });
  }
}

/** Was the state perhaps changed, by this attempt or by one before? */
function needsLook({ outcome, stop, errors, code }: RequestError): boolean {
  if (code === 'ABORTED' || stop !== undefined) return false;
  return outcome === 'unknown' || errors.some((error) => isSameCode(error.code, 'INVALIDJOBSTATE'));
}

/** Was a request refused because of the job's state, or because there is no such job (any more)? */
export function isOver({
  status,
  errors,
}: Pick<ErrorReply, 'errors'> & { readonly status: number | undefined }): boolean {
  return status === 404 || (status === 400 && errors.some(({ code }) => isSameCode(code, 'INVALIDJOBSTATE')));
}

function parseJob(document: unknown): IngestJob {
  const { id, state, numberRecordsProcessed, numberRecordsFailed, errorMessage } = (document ?? {}) as Record<
    string,
    unknown
  >;
  if (typeof id !== 'string' || typeof state !== 'string') {
    throw unusable('a job without id and state');
  }
  return {
    id,
    state,
    numberRecordsProcessed: typeof numberRecordsProcessed === 'number' ? numberRecordsProcessed : 0,
    numberRecordsFailed: typeof numberRecordsFailed === 'number' ? numberRecordsFailed : 0,
    errorMessage: typeof errorMessage === 'string' && errorMessage !== '' ? errorMessage : undefined,
  };
}
