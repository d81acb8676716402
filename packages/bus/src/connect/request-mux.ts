import { MioError } from "@mio/failure";
import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";

/** One request to the server. */
export interface MuxRequest {
  readonly subject: string;
  readonly payload?: Uint8Array;
  readonly headers?: MsgHdrs;
  readonly timeoutMs: number;
}

/**
 * Sends many concurrent requests over one subscription, with a token for each.
 *
 * Costs a third of the library's own `request`, and unlike it rejects as soon as the connection is
 * lost. Rejects with MioError `bus.unavailable`, `bus.publish_timeout` (no answer in time),
 * `bus.no_stream` (no responders) or `bus.too_large`.
 */
export interface RequestMux extends Disposable {
  request(request: MuxRequest): Promise<Msg>;
  /** Rejects all pending requests; called when the connection is lost. */
  rejectAll(error: MioError): void;
  /** How many requests are pending. */
  pending(): number;
}

interface Waiting {
  readonly subject: string;
  readonly deadline: number;
  readonly resolve: (msg: Msg) => void;
  readonly reject: (error: MioError) => void;
}

/** Interval for checking deadlines, so that a request needs no timer of its own. */
const sweepMs = 25;

/** Creates the subscription. Disposing ends it and rejects pending requests. */
export function createRequestMux(nc: NatsConnection, isConnected: () => boolean): RequestMux {
  const inbox = createInbox();
  const waiting = new Map<string, Waiting>();
  let serial = 0;
  let sweep: NodeJS.Timeout | undefined;

  const take = (token: string): Waiting | undefined => {
    const found = waiting.get(token);
    if (found !== undefined) waiting.delete(token);
    return found;
  };
  const subscription = nc.subscribe(`${inbox}.*`, {
    callback: (_error, msg) => {
      const found = take(msg.subject.slice(inbox.length + 1));
      if (found === undefined) return;
      if (msg.headers?.code === 503) found.reject(toNoResponders(found.subject));
      else found.resolve(msg);
    },
  });
  const sweepExpired = (): void => {
    const now = performance.now();
    for (const [token, { deadline, reject, subject }] of waiting) {
      if (deadline > now) continue;
      waiting.delete(token);
      reject(toTimeout(subject));
    }
    if (waiting.size === 0) {
      clearInterval(sweep);
      sweep = undefined;
    }
  };
  const rejectAll = (error: MioError): void => {
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(error);
  };

  return {
    request: ({ subject, payload, headers, timeoutMs }) =>
      new Promise((resolve, reject) => {
        if (!isConnected()) return reject(toUnavailable());
        const token = (serial++).toString(36);
        try {
          const reply = `${inbox}.${token}`;
          nc.publish(subject, payload, headers === undefined ? { reply } : { reply, headers });
        } catch (error) {
          return reject(toSendFailure(error));
        }
        waiting.set(token, { subject, deadline: performance.now() + timeoutMs, resolve, reject });
        sweep ??= setInterval(sweepExpired, sweepMs);
      }),
    rejectAll,
    pending: () => waiting.size,
    [Symbol.dispose]: () => {
      clearInterval(sweep);
      sweep = undefined;
      rejectAll(toUnavailable());
      if (!nc.isClosed()) subscription.unsubscribe();
    },
  };
}

/** The connection is lost. Pending requests may have arrived or not. */
export function toUnavailable(cause?: unknown): MioError {
  return new MioError("bus.unavailable", "There is no connection to NATS.", { retry: "soon", cause });
}

function toTimeout(subject: string): MioError {
  return new MioError("bus.publish_timeout", "NATS did not answer in time.", {
    retry: "soon",
    details: { subject },
  });
}

function toNoResponders(subject: string): MioError {
  return new MioError("bus.no_stream", "No stream takes this subject.", {
    retry: "soon",
    details: { subject },
  });
}

function toSendFailure(error: unknown): MioError {
  if (error instanceof Error && error.message.includes("max_payload")) {
    return new MioError("bus.too_large", "The message is larger than the server's max_payload.", {
      cause: error,
    });
  }
  return toUnavailable(error);
}
