import { toMioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import type { DeliveryAttempt } from "@mio/store";
import type { DeliveryRecords } from "../job/records.ts";

/** The right to call the platform for an attempt, while it is renewed. Disposing releases it. */
export interface Lease extends Disposable {
  /** Aborts when another owner has the attempt, or may have it: the call must end. */
  readonly lost: AbortSignal;
  /** The same, read from the clock: a paused process reads its sockets before it fires its timers. */
  isHeld(): boolean;
}

/**
 * Leases on the attempts under way. Another process takes an attempt over when its owner has sent no heartbeat for
 * `leaseMs`. An owner that cannot renew a lease loses it after half of that, whether the database rejects the heartbeat, is
 * unavailable or hangs.
 */
export interface Leases {
  /** Monotonic time in ms. Read it before the claim: the lease counts from there. */
  now(): number;
  /** Whether a lease that counts from `since` and was never renewed has expired. */
  isLate(since: number): boolean;
  hold(attempt: DeliveryAttempt, since: number): Lease;
}

export interface LeaseOptions {
  readonly records: Pick<DeliveryRecords, "beat">;
  readonly clock: Pick<Clock, "sleep">;
  /** Monotonic time that goes on while the process is paused. */
  readonly monotonicMs: () => number;
  readonly logger: Logger;
  readonly leaseMs: number;
}

interface Held {
  readonly attempt: DeliveryAttempt;
  readonly losing: AbortController;
  /** When the last confirmed heartbeat was sent. */
  confirmedAt: number;
}

/** Heartbeats under way at once: one that hangs on a dead connection must not block the next. */
const maxBeats = 2;

export function createLeases({ records, clock, monotonicMs, logger, leaseMs }: LeaseOptions): Leases {
  const held = new Set<Held>();
  const limitMs = leaseMs / 2;
  const beatMs = leaseMs / 6;
  const live = (): readonly Held[] => [...held].filter(({ losing }) => !losing.signal.aborted);
  const isLate: Leases["isLate"] = (since) => monotonicMs() - since >= limitMs;
  let beats = 0;
  /** Aborts with the last lease, so that no timer keeps a stopping process alive. */
  let idle = new AbortController();
  let wake = new AbortController();
  let wakesAt = 0;

  const loseLate = (): void => {
    for (const one of live()) if (isLate(one.confirmedAt)) one.losing.abort();
  };

  const beat = async (): Promise<void> => {
    const all = live();
    const askedAt = monotonicMs();
    beats += 1;
    try {
      const ours = await records.beat(all.map(({ attempt }) => attempt));
      for (const one of all) {
        // A late heartbeat does not count: another process may have read the record before it.
        if (!ours.has(one.attempt.owner) || isLate(one.confirmedAt)) one.losing.abort();
        else one.confirmedAt = Math.max(one.confirmedAt, askedAt);
      }
    } catch (error) {
      logger.warn({ err: toMioError(error), attempts: all.length }, "delivery.lease_not_renewed");
    } finally {
      beats -= 1;
    }
  };

  const keepBeating = async (over: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(beatMs, over).catch(() => undefined);
      if (over.aborted) return;
      // A paused process may have lost its leases already.
      loseLate();
      if (beats < maxBeats && live().length > 0) void beat();
    }
  };

  const keepExpiring = async (over: AbortSignal): Promise<void> => {
    for (;;) {
      wakesAt = Math.min(monotonicMs(), ...live().map(({ confirmedAt }) => confirmedAt)) + limitMs;
      wake = new AbortController();
      const woken = AbortSignal.any([over, wake.signal]);
      await clock.sleep(Math.max(0, wakesAt - monotonicMs()), woken).catch(() => undefined);
      if (over.aborted) return;
      loseLate();
    }
  };

  const begin = (): void => {
    idle = new AbortController();
    void keepBeating(idle.signal);
    void keepExpiring(idle.signal);
  };

  const letGo = (one: Held): void => {
    if (held.delete(one) && held.size === 0) idle.abort();
  };

  return {
    now: monotonicMs,
    isLate,
    hold(attempt, since) {
      const one: Held = { attempt, losing: new AbortController(), confirmedAt: since };
      held.add(one);
      // Only this one: the others have their timer, and `isHeld` reads the clock. A flood holds many at once.
      if (isLate(since)) one.losing.abort();
      if (held.size === 1) begin();
      else if (since + limitMs < wakesAt) wake.abort();
      const { signal: lost } = one.losing;
      return {
        lost,
        isHeld: () => !lost.aborted && !isLate(one.confirmedAt),
        [Symbol.dispose]: () => letGo(one),
      };
    },
  };
}
