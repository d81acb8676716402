import { createBackoff, pause, systemClock } from "@mio/pacing";
import type { Session } from "../connection/session.ts";
import { keepDeadLetter, type Verdict } from "./dead-letter.ts";
import type { Delivery } from "./delivery.ts";
import type { Pull } from "./pull.ts";
import type { Answer } from "./settlement.ts";

const backoff = createBackoff({ baseMs: 50, maxMs: 1_000 });

/** A delivery and its reader. */
export interface Taken {
  readonly delivery: Delivery;
  readonly pull: Pick<Pull, "giveBack" | "release" | "isFormer">;
}

/** Delay of a rejected message whose dead letter could not be stored; doubles with each delivery. */
const deadLetterBackoff = createBackoff({ baseMs: 1_000, maxMs: 30_000 });

/** How long an acknowledgement waits for a lost connection. */
const ackPatienceMs = 30_000;
/** A restarted server needs a moment until its consumers answer. */
const ackTries = 6;

/**
 * Answers a delivery. Never rejects: after a failure the server delivers again. A rejected message ends only once its
 * dead letter is stored.
 */
export async function answerDelivery(session: Session, taken: Taken, given: Answer): Promise<void> {
  const { delivery, pull } = taken;
  const answer = pull.isFormer(delivery) ? toLastAnswer(given) : given;
  if (answer.kind === "retry") return giveBack(taken, answer.afterMs);
  if (answer.kind === "reject" && !(await isKept(session, delivery, answer))) {
    return giveBack(taken, deadLetterBackoff.delayMs(delivery.deliveryCount));
  }
  pull.release(delivery, "finished");
  if (pull.isFormer(delivery)) return;
  if (answer.kind === "reject") delivery.term(answer.code);
  else await acknowledge(session, delivery);
}

/** A message of a deleted stream cannot come again. */
function toLastAnswer(answer: Answer): Answer {
  if (answer.kind !== "retry") return answer;
  return { kind: "reject", code: "bus.deliveries_exhausted", reason: "exhausted" };
}

async function giveBack({ delivery, pull }: Taken, afterMs: number): Promise<void> {
  await pull.giveBack(delivery, afterMs);
  pull.release(delivery, "again");
}

/** Acknowledges and waits for the server's confirmation. A lost acknowledgement is repeated at the next delivery. */
async function acknowledge(session: Session, delivery: Delivery): Promise<void> {
  const { link, closing } = session;
  for (let tries = 1; tries <= ackTries; tries += 1) {
    await link.whenUp(closing, ackPatienceMs);
    if (!link.isUp && closing.aborted) break;
    const confirmed = link.guard(delivery.confirmedAck());
    if (await confirmed.then(() => true).catch(() => false)) return;
    if (closing.aborted && tries > 1) break;
    // Without jitter: six tries must span the time that a restarted server needs.
    await pause(backoff.ceilingMs(tries), { clock: systemClock, signal: closing });
  }
  const { subject, seq } = delivery;
  session.onEvent({ type: "acknowledgement_lost", subject, streamSequence: seq });
}

/** Copies a delivery to the dead letters. Returns false when the copy is not stored, so the message must come again. */
async function isKept(session: Session, delivery: Delivery, verdict: Verdict): Promise<boolean> {
  const { subject, seq: streamSequence } = delivery;
  const stored = keepDeadLetter(session, delivery, verdict);
  const kept = await stored.then(() => true).catch(() => false);
  session.onEvent({ type: "message_rejected", code: verdict.code, kept, subject, streamSequence });
  return kept;
}
