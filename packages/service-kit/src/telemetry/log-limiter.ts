import type { Clock } from "@mio/pacing";

/** Limits log lines per key, so that external callers cannot fill a disk with warnings. */
export interface LogLimiter {
  /** Calls `write` with the number of lines skipped for this key since the last one, or skips this line. */
  limit(key: string, write: (leftOut: number) => void): void;
}

const defaultEveryMs = 1_000;

/** Keys must come from a small closed set, because each is kept. */
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
