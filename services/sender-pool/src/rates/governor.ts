import type { Clock } from "@mio/service-kit";
import { slowed, type Taken, takeTokens } from "./bucket.ts";
import { placeOf, type Rank } from "./rank.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { SharedBuckets } from "./shared-buckets.ts";

/** Who asks for a turn. */
export interface TurnRequest {
  readonly limit: RateLimit;
  readonly rank: Rank;
  /** Since when it wants one, ms; it keeps its place when it has to ask anew. */
  readonly askedAt: number;
}

/**
 * Keeps calls within a platform's rate, which all sender pools share. Waiting happens here, in process, and costs no
 * delivery. Of those who wait in this process the most urgent goes first, but none waits for ever.
 */
export interface Governor {
  /**
   * Resolves with `turn` when the next call of this bucket may be made, and with `changed` when the limits may have
   * changed meanwhile: look them up and ask again. Rejects when `signal` aborts, and when the buckets cannot be read.
   */
  turn(request: TurnRequest, signal: AbortSignal): Promise<"turn" | "changed">;
  /** Takes a turn if there is one now; false when there is none. Rejects when the buckets cannot be read. */
  turnNow(limit: RateLimit): Promise<boolean>;
  /** A turn that was not used after all. */
  giveBack(limit: RateLimit): Promise<void>;
  /** The platform refused a call as too fast; `afterMs` is what it asked for, undefined when it named no time. */
  throttled(limit: RateLimit, afterMs: number | undefined): Promise<void>;
  /** Whether the platform has asked for silence since a turn was given. */
  isPaused(limit: RateLimit): boolean;
  /** Limits may have changed: everybody who waits is told. */
  limitsChanged(): void;
  /** Buckets that somebody waits for. */
  readonly size: number;
}

interface Waiter {
  readonly place: number;
  readonly resolve: (outcome: "turn" | "changed") => void;
  readonly reject: (error: unknown) => void;
}

/** Those who wait for one bucket. */
interface Line {
  limit: RateLimit;
  readonly waiters: Set<Waiter>;
  /** Ends the sleep until the next turn. */
  wake: AbortController;
}

export function createGovernor(
  clock: Pick<Clock, "sleep">,
  buckets: Pick<SharedBuckets, "change" | "pausedUntil" | "now">,
): Governor {
  const lines = new Map<string, Line>();
  const { now } = buckets;

  const take = async (limit: RateLimit, wanted: () => number): Promise<Taken> => {
    let taken: Taken = { kind: "wait", ms: 0 };
    await buckets.change(limit, (bucket) => {
      taken = takeTokens(bucket, limit.perSecond, { wanted: wanted(), now: now() });
      return taken.kind === "taken" ? taken.bucket : undefined;
    });
    return taken;
  };

  const giveBack = (limit: RateLimit, count: number): Promise<void> =>
    buckets.change(limit, (bucket) => ({
      ...bucket,
      tokens: Math.min(Math.max(1, limit.perSecond), bucket.tokens + count),
    }));

  const serve = async (line: Line): Promise<void> => {
    while (line.waiters.size > 0) {
      // Turns for all who stand in line, since to ask for one takes as long as to ask for many.
      const taken = await take(line.limit, () => line.waiters.size);
      if (taken.kind === "wait") {
        line.wake = new AbortController();
        await clock.sleep(taken.ms, line.wake.signal).catch(() => undefined);
        continue;
      }
      // Whoever became the most urgent while we waited for the turns.
      const first = mostUrgent(line.waiters, taken.count);
      for (const waiter of first) {
        line.waiters.delete(waiter);
        waiter.resolve("turn");
      }
      if (first.length < taken.count) await giveBack(line.limit, taken.count - first.length);
    }
    // In the same breath, so that nobody joins a line that is no longer served.
    lines.delete(line.limit.key);
  };

  const open = (limit: RateLimit): Line => {
    const line: Line = { limit, waiters: new Set(), wake: new AbortController() };
    lines.set(limit.key, line);
    const fail = (error: unknown): void => {
      lines.delete(limit.key);
      for (const { reject } of line.waiters) reject(error);
    };
    // Not before the first waiter is in.
    queueMicrotask(() => void serve(line).catch(fail));
    return line;
  };

  return {
    get size() {
      return lines.size;
    },
    async turn({ limit, rank, askedAt }, signal) {
      signal.throwIfAborted();
      const line = lines.get(limit.key) ?? open(limit);
      line.limit = limit;
      const { promise, resolve, reject } = Promise.withResolvers<"turn" | "changed">();
      const waiter: Waiter = { place: placeOf(rank, askedAt), resolve, reject };
      const giveUp = (): void => {
        line.waiters.delete(waiter);
        reject(signal.reason);
      };
      line.waiters.add(waiter);
      signal.addEventListener("abort", giveUp, { once: true });
      return await promise.finally(() => signal.removeEventListener("abort", giveUp));
    },
    turnNow: async (limit) => (await take(limit, () => 1)).kind === "taken",
    giveBack: (limit) => giveBack(limit, 1),
    throttled: (limit, afterMs) =>
      buckets.change(limit, (bucket) => slowed(bucket, limit.perSecond, { afterMs, now: now() })),
    isPaused: ({ key }) => buckets.pausedUntil(key) > now(),
    limitsChanged() {
      for (const line of lines.values()) {
        for (const { resolve } of line.waiters) resolve("changed");
        line.waiters.clear();
        line.wake.abort();
      }
    },
  };
}

function mostUrgent(waiters: ReadonlySet<Waiter>, count: number): readonly Waiter[] {
  return [...waiters].toSorted((one, other) => one.place - other.place).slice(0, count);
}
