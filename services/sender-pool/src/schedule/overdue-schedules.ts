import { askJetStream, type Bus, consumers, publishDeadLetter, streams } from "@mio/bus";
import { toMioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import { publishDue } from "./publish-due.ts";
import { dueTimeOf } from "./schedule-commands.ts";

export interface OverdueSchedulesOptions {
  readonly bus: Bus;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  /** How long the server has to move a due message itself. */
  readonly graceMs: number;
}

/** Moves due messages that the server did not move. */
export interface OverdueSchedules {
  /** Reads new messages and moves the overdue ones; returns how many. */
  sweep(signal: AbortSignal): Promise<number>;
}

const hour = 3_600_000;
/** Time after which it reads everything again, for messages that were due too late to remember, and for a re-created stream. */
const lookAgainMs = hour;
const horizonMs = 2 * lookAgainMs;
/** Times to remember; it finds further messages when it reads everything again. */
const maxKnown = 100_000;

type Stored = NonNullable<Awaited<ReturnType<Bus["jsm"]["streams"]["getMessage"]>>>;

/**
 * Finds overdue messages. The server keeps its timers in memory and is known to lose them: while a stream grows from one
 * replica to three, due messages stay where they are until the servers restart.
 */
export function createOverdueSchedules(options: OverdueSchedulesOptions): OverdueSchedules {
  const { bus, clock, logger, graceMs } = options;
  const { name } = streams.scheduled;
  /** Due times before the horizon, by sequence. */
  const known = new Map<number, number>();
  let seen = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const get = (query: { seq: number; next_by_subj?: string }): Promise<Stored | null> =>
    askJetStream("schedules", bus.jsm.streams.getMessage(name, query));

  const look = async (now: number, signal: AbortSignal): Promise<void> => {
    if (now - lookedAt >= lookAgainMs) {
      seen = 0;
      known.clear();
      lookedAt = now;
    }
    while (!signal.aborted) {
      const stored = await get({ seq: seen + 1, next_by_subj: "mio.scheduled.wait.>" });
      if (stored === null) return;
      seen = stored.seq;
      const due = dueTimeOf(stored.header)?.getTime();
      if (due !== undefined && due - now < horizonMs && known.size < maxKnown) known.set(seen, due);
    }
  };

  const publish = async (stored: Stored, { dedupId }: { readonly dedupId: string }): Promise<void> => {
    const { data: payload, header, subject, seq: streamSequence, time: storedAt } = stored;
    try {
      const headers = { entries: () => header.keys().map((key) => [key, header.get(key)] as const) };
      await publishDue(bus.publisher, { payload, headers, dedupId });
    } catch (caught) {
      const error = toMioError(caught);
      if (error.retry !== "never") throw error;
      // Its headers are instructions to the server; a dead letter must not repeat them.
      const reason = error.code === "envelope.undecodable" ? "undecodable" : "rejected";
      const place = { consumer: consumers.scheduler, subject, streamSequence, storedAt };
      const letter = { ...place, payload, headers: [] };
      await publishDeadLetter(bus, { ...letter, deliveries: 0, reason, error });
    }
  };

  /** Returns whether the message was still there. */
  const move = async (seq: number): Promise<boolean> => {
    const stored = await get({ seq });
    // The stream may have been re-created, with another message at this sequence.
    const due = stored === null ? undefined : dueTimeOf(stored.header)?.getTime();
    if (stored === null || due === undefined || due > clock.now().getTime() - graceMs) return false;
    await publish(stored, { dedupId: `late:${seq}:${due}` });
    await askJetStream("schedules", bus.jsm.streams.deleteMessage(name, seq)).catch(() => undefined);
    logger.warn({ sequence: seq, due_at: new Date(due).toISOString() }, "schedule.overdue_moved");
    return true;
  };

  return {
    async sweep(signal) {
      const now = clock.now().getTime();
      await look(now, signal);
      let moved = 0;
      for (const [seq, due] of known) {
        if (signal.aborted) break;
        if (due > now - graceMs) continue;
        if (await move(seq)) moved += 1;
        known.delete(seq);
      }
      return moved;
    },
  };
}
