import type { Clock } from "@mio/service-kit";
import { giveTokens, slowed } from "./bucket.ts";
import { type Answer, addChange, emptyLine, isWanted, type Line, rejectAll, serveOnce } from "./line.ts";
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
  /**
   * Takes a turn if there is one now that no more urgent request in this process takes; false when there is none.
   * Rejects when the buckets cannot be read.
   */
  turnNow(request: TurnRequest): Promise<boolean>;
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

export function createGovernor(
  clock: Pick<Clock, "sleep">,
  buckets: Pick<SharedBuckets, "change" | "pausedUntil" | "now">,
): Governor {
  const lines = new Map<string, Line>();
  const { now } = buckets;

  const open = (limit: RateLimit): Line => {
    const line = emptyLine(limit);
    lines.set(limit.key, line);
    const serve = async (): Promise<void> => {
      try {
        while (isWanted(line)) await serveOnce(line, { clock, buckets });
      } catch (error) {
        rejectAll(line, error);
      }
      // Nothing is awaited since the last look at the line, so that no request joins one that is no longer served.
      lines.delete(limit.key);
    };
    // Not before the first request is in.
    queueMicrotask(() => void serve());
    return line;
  };
  const lineOf = (limit: RateLimit): Line => lines.get(limit.key) ?? open(limit);

  const join = ({ limit, rank, askedAt }: TurnRequest, { waits }: { readonly waits: boolean }) => {
    const line = lineOf(limit);
    // Those who wait have looked their limit up last.
    if (waits || !isAwaited(line)) line.limit = limit;
    const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
    const asker = { place: placeOf(rank, askedAt), waits, resolve, reject };
    line.askers.add(asker);
    if (!waits) line.wake.abort();
    const leave = (reason: unknown): void => {
      line.askers.delete(asker);
      reject(reason);
    };
    return { answer, leave };
  };

  return {
    get size() {
      return lines.size;
    },
    async turn(request, signal) {
      signal.throwIfAborted();
      const { answer, leave } = join(request, { waits: true });
      const giveUp = (): void => leave(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      const given = await answer.finally(() => signal.removeEventListener("abort", giveUp));
      return given === "turn" ? "turn" : "changed";
    },
    turnNow: async (request) => (await join(request, { waits: false }).answer) === "turn",
    giveBack: (limit) => addChange(lineOf(limit), (bucket) => giveTokens(bucket, limit.perSecond, 1)),
    throttled: (limit, afterMs) =>
      addChange(lineOf(limit), (bucket) => slowed(bucket, limit.perSecond, { afterMs, now: now() })),
    isPaused: ({ key }) => buckets.pausedUntil(key) > now(),
    limitsChanged() {
      for (const line of lines.values()) {
        for (const { resolve } of line.askers) resolve("changed");
        line.askers.clear();
        line.wake.abort();
      }
    },
  };
}

function isAwaited({ askers }: Line): boolean {
  return [...askers].some(({ waits }) => waits);
}
