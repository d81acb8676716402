import { MioError } from "@mio/failure";
import { createLanes } from "@mio/jetstream";
import { createBackoff } from "@mio/pacing";
import type { Session } from "./connection/session.ts";
import { inSpan } from "./connection/trace.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import { compareIdentities, type Delivery, type Identity } from "./reading/delivery.ts";
import { openReceiver, type Received, type ReceiveOptions } from "./reading/receive.ts";
import type { Answer } from "./reading/settlement.ts";

const backoff = createBackoff({ baseMs: 1_000, maxMs: 60_000 });

/** Settings of {@link Mio.serve}. */
export interface ServeOptions extends ReceiveOptions {
  /** How many handlers may run at a time. Default 16. */
  readonly concurrency?: number;
}

export type Handler = (message: IncomingMessage) => Promise<void>;

/** Messages to hold per handler beyond the one it handles, so that a busy conversation does not delay the others. */
const aheadPerHandler = 4;

export async function serveMessages(
  session: Session,
  handler: Handler,
  options: ServeOptions,
): Promise<void> {
  const concurrency = options.concurrency ?? 16;
  const receiver = await openReceiver(session, options, {
    window: concurrency * (1 + aheadPerHandler),
    mayBeAbandoned: false,
  });
  const lanes = createLanes<Delivery, Identity>({ compare: compareIdentities, limit: concurrency });
  const finished = serveAll();
  session.running.add(finished);
  await finished.finally(() => session.running.delete(finished));

  async function serveAll(): Promise<void> {
    for (let received = await receiver.next(); received !== undefined; received = await receiver.next()) {
      const one = received;
      const run = async (): Promise<void> => {
        if (receiver.pull.signal.aborted) await one.settlement.settle({ kind: "retry", afterMs: 0 });
        else await handleOne(session, { received: one, handler, maxDeliveries: receiver.maxDeliveries });
      };
      const hasTurn = () => receiver.pull.hasTurn(one.delivery);
      lanes.add(conversationOf(one), { order: one.delivery, item: one.delivery, run, hasTurn });
    }
    await lanes.idle();
    await receiver.pull.stop();
  }
}

function conversationOf({ incoming }: Received): string {
  return `${incoming.message.accountId} ${incoming.message.conversationId}`;
}

interface Handling {
  readonly received: Received;
  readonly handler: Handler;
  readonly maxDeliveries: number;
}

async function handleOne(session: Session, handling: Handling): Promise<void> {
  const { received, handler, maxDeliveries } = handling;
  const { incoming, settlement, trace } = received;
  const attributes = { "messaging.message.id": incoming.message.id };
  try {
    await inSpan({ name: "mio.consume", kind: "consumer", parent: trace, attributes }, () =>
      handler(incoming),
    );
    await settlement.settle({ kind: "ack" });
  } catch (error) {
    const answer = afterFailure(error, incoming.deliveryCount, maxDeliveries);
    session.onEvent({
      type: "handler_failed",
      error,
      messageId: incoming.message.id,
      deliveryCount: incoming.deliveryCount,
      ...(answer.kind === "retry" ? { retryAfterMs: answer.afterMs } : {}),
    });
    await settlement.settle(answer);
  }
}

/** The answer to a message whose handler threw. */
export function afterFailure(error: unknown, deliveryCount: number, maxDeliveries: number): Answer {
  const retry = error instanceof MioError ? error.retry : "soon";
  const code = error instanceof MioError ? error.code : "internal.unexpected";
  if (retry === "never") return { kind: "reject", code, reason: "never" };
  if (deliveryCount >= maxDeliveries) return { kind: "reject", code, reason: "exhausted" };
  const afterMs = typeof retry === "object" ? retry.afterMs : backoff.delayMs(deliveryCount);
  return { kind: "retry", afterMs };
}
