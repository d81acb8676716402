import type { Clock } from "@mio/pacing";

/** Lets a line through once in a while for each key; strangers must not be able to fill a disk with warnings. */
export interface LogLimiter {
  /** Calls `write` now, with how many lines of this key were left out since the last, or leaves this one out. */
  limit(key: string, write: (leftOut: number) => void): void;
}

const defaultEveryMs = 1_000;

/** Keys must come from a small closed set: each is remembered. */
export function createLogLimiter(clock: Pick<Clock, "now">, everyMs: number = defaultEveryMs): LogLimiter {
  const lastByKey = new Map<string, { at: number; leftOut: number }>();
  return {
    limit(key, write) {
      const at = clock.now().getTime();
      const last = lastByKey.get(key);
      if (last !== undefined && at - last.at < everyMs) {
        last.leftOut += 1;
        return;
      }
      lastByKey.set(key, { at, leftOut: 0 });
      write(last?.leftOut ?? 0);
    },
  };
}
