import { MioError } from "@mio/failure";
import { createBackoff, pause, systemClock } from "@mio/pacing";
import { headers } from "@nats-io/transport-node";
import type { Context } from "@opentelemetry/api";
import { refuses, toPublishError } from "./publish-error.ts";
import type { Session } from "./session.ts";
import { injectTrace, inSpan } from "./trace.ts";

const backoff = createBackoff({ baseMs: 50, maxMs: 1_000 });

/** One command for the stream. */
export interface PublishInit {
  readonly commandId: string;
  readonly subject: string;
  /** The same for every try, so that the stream stores the message once. */
  readonly dedupId: string;
  readonly payload: Uint8Array;
  readonly trace: Context;
}

/** How long a publish may take. */
export interface PublishLimits {
  /** How long one try waits for the server's answer. */
  readonly tryMs: number;
  /** Limit of all tries together. Shorter than the stream's duplicate window of a minute. */
  readonly patienceMs: number;
}

const defaultLimits: PublishLimits = { tryMs: 5_000, patienceMs: 30_000 };
/** How long disposal waits for a lost connection. */
const closingMs = 2_000;
/** A longer publish is reported, even if no try has failed. */
const reportAfterMs = 2_000;

/**
 * Stores a message and returns whether the stream had it before. It retries with the same dedup id after a lost
 * connection, a timeout, or when the stream has no leader or is full. An event names the reason.
 *
 * @throws MioError `sdk.too_large`, `sdk.publish_refused`, `sdk.stream_full`, `sdk.publish_timeout`, `sdk.closed`.
 */
export async function publish(
  session: Session,
  init: PublishInit,
  limits: PublishLimits = defaultLimits,
): Promise<boolean> {
  const limit = session.nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
  if (init.payload.byteLength > limit) {
    throw new MioError(
      "sdk.too_large",
      `The command has ${init.payload.byteLength} bytes; the server accepts ${limit}.`,
    );
  }
  const attributes = { "messaging.destination.name": init.subject, "messaging.message.id": init.dedupId };
  const span = { name: "mio.publish", kind: "producer", parent: init.trace, attributes } as const;
  return await inSpan(span, (context) => publishPatiently(session, { ...init, trace: context }, limits));
}

async function publishPatiently(
  session: Session,
  init: PublishInit,
  { tryMs, patienceMs }: PublishLimits,
): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  using delay = reportDelay(session, init);
  for (let tries = 1; ; tries += 1) {
    await waitForLink(session, deadline - Date.now());
    try {
      return await publishOnce(session, init, Math.min(tryMs, Math.max(1, deadline - Date.now())));
    } catch (cause) {
      const error = toPublishError(cause, init.subject);
      if (refuses(cause)) throw error;
      if (session.nc.isClosed()) throw closed(cause);
      delay.failed(error, tries);
      const delayMs = backoff.delayMs(tries);
      if (Date.now() + delayMs > deadline) throw error;
      await pause(delayMs, { clock: systemClock });
    }
  }
}

/** @throws MioError `sdk.closed` when the connection is down during disposal and does not come back soon. */
async function waitForLink({ link, closing }: Session, leftMs: number): Promise<void> {
  await link.whenUp(closing, Math.max(0, leftMs));
  if (link.isUp || !closing.aborted) return;
  await link.whenUp(undefined, Math.min(closingMs, Math.max(0, leftMs)));
  if (!link.isUp) throw closed(undefined);
}

async function publishOnce(session: Session, init: PublishInit, timeout: number): Promise<boolean> {
  const head = headers();
  injectTrace(init.trace, head);
  const options = { msgID: init.dedupId, headers: head, timeout };
  const answer = await session.link.guard(session.js.publish(init.subject, init.payload, options));
  return answer.duplicate;
}

interface Delay extends Disposable {
  failed(error: MioError, tries: number): void;
}

/** Emits `publish_delayed` at the first failure, when the reason changes, and when the server does not answer. */
function reportDelay(session: Session, { subject, commandId }: PublishInit): Delay {
  let reported = "";
  const report = (error: MioError, tries: number) => {
    if (reported === error.message) return;
    reported = error.message;
    session.onEvent({ type: "publish_delayed", error, subject, commandId, tries });
  };
  const timer = setTimeout(() => {
    if (reported === "") report(toPublishError(new Error("no answer yet"), subject), 1);
  }, reportAfterMs);
  return {
    failed: report,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

function closed(cause: unknown): MioError {
  return new MioError("sdk.closed", "The connection was closed before the command was stored.", { cause });
}
