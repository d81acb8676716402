import type { HeaderEntry } from "@mio/envelope";
import { storeDeadLetter, toDeadLetter } from "@mio/jetstream";
import { headers } from "@nats-io/transport-node";
import { refuses } from "../connection/publish-error.ts";
import type { Session } from "../connection/session.ts";
import type { Delivery } from "./delivery.ts";

/** Why a message is rejected. */
export interface Verdict {
  readonly code: string;
  readonly reason: string;
}

/**
 * Copies a delivery to the dead letters. If the server refuses the letter for its size or its headers, a smaller one
 * is stored; the message's bytes then stay in its stream.
 *
 * @throws Error when no letter is stored; the message must then not be ended.
 */
export async function keepDeadLetter(session: Session, delivery: Delivery, verdict: Verdict): Promise<void> {
  const { stream, consumer, subject, seq, timeMs, deliveryCount, data } = delivery;
  const letter = toDeadLetter(
    {
      ...verdict,
      stream,
      durable: consumer,
      subject,
      payload: data,
      headers: entriesOf(delivery),
      streamSequence: seq,
      storedAtMs: timeMs,
      deliveries: deliveryCount,
    },
    new Date(),
  );
  await storeDeadLetter(
    letter,
    async (content) => {
      const head = headers();
      for (const [name, value] of content.headers) head.append(name, value);
      const options = { msgID: letter.dedupId, headers: head };
      await session.link.guard(session.js.publish(letter.subject, content.payload, options));
    },
    refuses,
  );
}

function* entriesOf({ headers: head }: Delivery): Generator<HeaderEntry> {
  for (const [name, values] of head ?? []) for (const value of values) yield [name, value];
}
