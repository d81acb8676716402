import { MioError } from "@mio/failure";
import { JetStreamApiError } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { Context } from "@opentelemetry/api";
import { backoffMs, sleep } from "./backoff.ts";
import type { Session } from "./session.ts";
import { injectTrace, inSpan } from "./trace.ts";

/** One message for a stream. */
export interface PublishInit {
  readonly subject: string;
  /** The same for every try, so that the stream keeps one. */
  readonly dedupId: string;
  readonly payload: Uint8Array;
  readonly trace: Context;
}

/** One try waits this long for the server's answer. */
const tryMs = 5_000;
/** All tries together; shorter than the minute in which the stream recognises a repetition. */
const patienceMs = 30_000;

/**
 * Stores a message and resolves to whether the stream had it before. A lost connection, a silent server
 * or a leaderless stream is tried again with the same deduplication id.
 *
 * @throws MioError `sdk.too_large`, `sdk.publish_refused`, `sdk.publish_timeout`, `sdk.closed`.
 */
export async function publish(session: Session, init: PublishInit): Promise<boolean> {
  const limit = session.nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
  if (init.payload.byteLength > limit) {
    throw new MioError(
      "sdk.too_large",
      `The command has ${init.payload.byteLength} bytes; the server takes ${limit}.`,
    );
  }
  const attributes = { "messaging.destination.name": init.subject, "messaging.message.id": init.dedupId };
  const span = { name: "mio.publish", kind: "producer", parent: init.trace, attributes } as const;
  return await inSpan(span, (context) => publishPatiently(session, { ...init, trace: context }));
}

async function publishPatiently(session: Session, init: PublishInit): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (let tries = 1; ; tries += 1) {
    await session.link.whenUp(AbortSignal.timeout(Math.max(0, deadline - Date.now())));
    try {
      return await publishOnce(session, init);
    } catch (error) {
      if (error instanceof MioError) throw error;
      const pause = backoffMs(tries, { baseMs: 50, maxMs: 1_000 });
      if (session.nc.isClosed()) throw closed(error);
      if (Date.now() + pause > deadline) throw timedOut(init.subject, error);
      await sleep(pause);
    }
  }
}

async function publishOnce(session: Session, init: PublishInit): Promise<boolean> {
  const head = headers();
  injectTrace(init.trace, head);
  try {
    const options = { msgID: init.dedupId, headers: head, timeout: tryMs };
    const answer = await session.link.guard(session.js.publish(init.subject, init.payload, options));
    return answer.duplicate;
  } catch (cause) {
    const refused = cause instanceof JetStreamApiError && cause.status < 500;
    throw refused ? refusedBy(cause) : cause;
  }
}

function closed(cause: unknown): MioError {
  return new MioError("sdk.closed", "The connection was closed before the command was stored.", { cause });
}

function refusedBy(cause: unknown): MioError {
  return new MioError("sdk.publish_refused", "The stream refused the command; the cause says why.", {
    cause,
  });
}

function timedOut(subject: string, cause: unknown): MioError {
  return new MioError(
    "sdk.publish_timeout",
    "The command was not confirmed in time and may or may not be stored; send it again with the same id.",
    { retry: "soon", details: { subject }, cause },
  );
}
