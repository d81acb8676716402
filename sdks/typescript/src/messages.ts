import type { Session } from "./connection/session.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import { openReceiver, type Received, type ReceiveOptions, type Receiver } from "./reading/receive.ts";

/** Settings of {@link Mio.messages}. */
export interface MessagesOptions extends ReceiveOptions {
  /** How many messages to fetch ahead of the current one. Default 8. */
  readonly prefetch?: number;
}

export async function* iterateMessages(
  session: Session,
  options: MessagesOptions,
): AsyncGenerator<IncomingMessage> {
  const receiver = await openReceiver(session, options, {
    window: 1 + (options.prefetch ?? 8),
    mayBeAbandoned: true,
  });
  let inHand: Received | undefined;
  try {
    for (;;) {
      inHand = await receiver.next();
      if (inHand === undefined) return;
      yield inHand.incoming;
      await inHand.settlement.settle({ kind: "ack" });
    }
  } finally {
    await leave(receiver, inHand);
  }
}

/** A loop that ended, even by an exception, shows only in that it no longer asks for messages. */
async function leave(receiver: Receiver, inHand: Received | undefined): Promise<void> {
  const stopped = receiver.pull.stop();
  await inHand?.settlement.settle({ kind: "retry", afterMs: 0 });
  await stopped;
}
