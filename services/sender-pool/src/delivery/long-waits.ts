import type { Clock, Logger } from "@mio/service-kit";
import type { DeliveryJob } from "../job/delivery-job.ts";

/** Commands that wait for an earlier one of their conversation. */
export interface LongWaits {
  /** The command looked, and waits for what lies at this sequence of the stream. */
  waits(job: Pick<DeliveryJob, "command" | "streamSequence">, earlier: number): void;
  /** It waits no more. */
  goesOn(job: Pick<DeliveryJob, "streamSequence">): void;
  /** How many have waited for longer than is usual after a pool was lost. */
  readonly count: number;
}

interface Wait {
  readonly since: number;
  seenAt: number;
  isTold: boolean;
}

/** Longer than an ack wait and a lease together. */
const longMs = 60_000;
/** What has not looked for so long went back to the stream. */
const forgottenMs = 60_000;

/** Logs each long wait once, so that an operator sees why a conversation stands still. */
export function createLongWaits({ clock, logger }: { clock: Pick<Clock, "now">; logger: Logger }): LongWaits {
  const all = new Map<number, Wait>();
  const forget = (now: number): void => {
    for (const [sequence, { seenAt }] of all) if (now - seenAt > forgottenMs) all.delete(sequence);
  };
  return {
    waits({ command, streamSequence }, earlier) {
      const now = clock.now().getTime();
      const wait = all.get(streamSequence) ?? { since: now, seenAt: now, isTold: false };
      wait.seenAt = now;
      all.set(streamSequence, wait);
      if (wait.isTold || now - wait.since < longMs) return;
      wait.isTold = true;
      const { id: command_id, accountId: account_id, conversationId: conversation_id } = command;
      const ids = { command_id, account_id, conversation_id };
      logger.warn(
        { ...ids, sequence: streamSequence, waits_for: earlier, waited_ms: now - wait.since },
        "delivery.waits_for_earlier",
      );
    },
    goesOn: ({ streamSequence }) => void all.delete(streamSequence),
    get count() {
      const now = clock.now().getTime();
      forget(now);
      return [...all.values()].filter(({ since }) => now - since >= longMs).length;
    },
  };
}
