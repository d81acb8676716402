import { toMioError } from "@mio/failure";
import type { Clock, Logger } from "@mio/service-kit";
import type { DeliveryAttempt } from "@mio/store";
import type { DeliveryRecords } from "./records.ts";

/** The right to call the platform for an attempt, for as long as it is renewed. Disposing lets go of it. */
export interface Lease extends Disposable {
  /** Aborts when the attempt is somebody else's, or may be: the call must end. */
  readonly lost: AbortSignal;
}

/**
 * Signs of life of the attempts under way. Others take an attempt over once its owner was silent for `leaseMs`; an owner
 * that cannot give a sign stops by itself before that.
 */
export interface Leases {
  hold(attempt: DeliveryAttempt): Lease;
}

export interface LeaseOptions {
  readonly records: Pick<DeliveryRecords, "beat">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
}

interface Held {
  readonly attempt: DeliveryAttempt;
  readonly losing: AbortController;
  /** When the latest sign that arrived was given, ms. */
  confirmedAt: number;
}

export function createLeases({ records, clock, logger, leaseMs }: LeaseOptions): Leases {
  const held = new Set<Held>();
  const now = (): number => clock.now().getTime();
  let isBeating = false;
  let pause = new AbortController();

  const loseExpired = (): void => {
    for (const one of held) if (now() - one.confirmedAt > (leaseMs * 2) / 3) one.losing.abort();
  };

  const beat = async (): Promise<void> => {
    // Well before others may take over. First of all, since a process that stood still may be late already.
    loseExpired();
    const all = [...held];
    const at = now();
    try {
      const ours = await records.beat(all.map(({ attempt }) => attempt));
      for (const one of all) {
        if (ours.has(one.attempt.owner)) one.confirmedAt = at;
        else one.losing.abort();
      }
    } catch (error) {
      logger.warn({ err: toMioError(error), attempts: all.length }, "delivery.lease_not_renewed");
    }
    loseExpired();
  };

  const keepBeating = async (): Promise<void> => {
    isBeating = true;
    while (held.size > 0) {
      pause = new AbortController();
      await clock.sleep(leaseMs / 4, pause.signal).catch(() => undefined);
      if (held.size > 0) await beat();
    }
    isBeating = false;
  };

  /** A pause after the last attempt would only keep a process that stops from its end. */
  const letGo = (one: Held): void => {
    held.delete(one);
    if (held.size === 0) pause.abort();
  };

  return {
    hold(attempt) {
      const one: Held = { attempt, losing: new AbortController(), confirmedAt: now() };
      held.add(one);
      if (!isBeating) void keepBeating();
      return { lost: one.losing.signal, [Symbol.dispose]: () => letGo(one) };
    },
  };
}
