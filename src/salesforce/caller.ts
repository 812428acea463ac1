import type { ApiRequest } from './api-request.js';
import type { HttpRequest } from './exchange.js';
import { failedExchange, failedStatus, type FailedAttempt } from './failure.js';
import { asReplyError, openReply, type RawReply } from './reply.js';
import type { Transport } from './transport.js';
import { noteLimitInfo, type Usage } from './usage.js';

export interface Called<T> {
  readonly value: T;
  readonly status: number;
}

/** Makes single calls, to data APIs and to the token endpoint alike. */
export class Caller {
  constructor(
    private readonly transport: Transport,
    private readonly usage: Usage,
    private readonly now: () => number,
  ) {}

  /** Sends and reads; every failure that is not a bug becomes data. */
  async call<T>(
    http: HttpRequest,
    reader: Pick<ApiRequest<T>, 'read' | 'readError'>,
  ): Promise<Called<T> | FailedAttempt> {
    let reply: RawReply | undefined;
    try {
      const received = await this.transport.send(http);
      try {
        reply = openReply(received);
        const { status, headers } = reply;
        noteLimitInfo(this.usage, headers['sforce-limit-info']);
        if (status >= 200 && status < 300) return { value: await reader.read(reply), status };
        const failed = await failedStatus(reply, this.now());
        const { errors } = failed;
        const recognised = status < 400 ? undefined : reader.readError?.({ status, errors, text: await reply.text() });
        return recognised === undefined ? failed : { value: recognised.value, status };
      } finally {
        received.body.destroy();
      }
    } catch (error) {
      const failed = failedExchange(asReplyError(error), reply?.status);
      if (failed === undefined) throw error;
      return failed;
    }
  }
}
