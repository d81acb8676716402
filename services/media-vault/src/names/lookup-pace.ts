import type { MioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";

/** Limits name lookups of one account. */
export interface LookupPace {
  /** Whether one more lookup is allowed now; if so, it counts. */
  take(): boolean;
  answered(): void;
  /** Returns whether this failure is new, so that it is logged once. */
  failed(error: MioError): boolean;
}

/** Below the 100 per minute that platforms allow. */
const burst = 40;
const everyMs = 750;
/** How long lookups pause after a permanent refusal. */
const refusedMs = 900_000;
const failedMs = 30_000;

export function createLookupPace(clock: Clock): LookupPace {
  const now = (): number => clock.now().getTime();
  let left = burst;
  let countedAt = now();
  let pausedUntil = 0;
  let trouble: string | undefined;
  return {
    take: () => {
      const at = now();
      left = Math.min(burst, left + (at - countedAt) / everyMs);
      countedAt = at;
      if (at < pausedUntil || left < 1) return false;
      left -= 1;
      return true;
    },
    answered: () => {
      trouble = undefined;
    },
    failed: (error) => {
      pausedUntil = Math.max(pausedUntil, now() + pauseMs(error));
      if (error.retry !== "never" || trouble === error.message) return false;
      trouble = error.message;
      return true;
    },
  };
}

function pauseMs({ retry }: MioError): number {
  if (retry === "never") return refusedMs;
  return typeof retry === "object" ? Math.min(retry.afterMs, refusedMs) : failedMs;
}
