import { type Clock, pause } from "@mio/pacing";
import type { Worker } from "@mio/service-kit";
import { type Db, type Rotation, rotateMessages } from "@mio/store";

export interface ForgetMessagesOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly retentionMs: number;
  readonly onRotated: (rotation: Rotation) => void;
}

const hourMs = 3_600_000;

/** Hourly: creates the next partition of messages and drops those beyond their retention. */
export function createForgetMessages(options: ForgetMessagesOptions): Worker {
  const { db, clock, retentionMs, onRotated } = options;
  return {
    name: "forget-messages",
    async run(signal) {
      while (!signal.aborted) {
        onRotated(await rotateMessages(db, retentionMs));
        await pause(hourMs, { clock, signal });
      }
    },
  };
}
