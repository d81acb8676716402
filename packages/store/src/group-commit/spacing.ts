import { systemClock, type Timers } from "@mio/pacing";

export interface Spacing {
  /** A batch starts. */
  started(): void;
  /** Whether the next batch has to wait; if so, calls `retry` when it need not. */
  delays(retry: () => void): boolean;
}

export interface SpacingOptions {
  /** Minimum time between the starts of two batches, in milliseconds. Default 0. */
  readonly spacingMs?: number;
  /** Default: the timers of the machine. */
  readonly timers?: Timers;
}

/** Keeps the starts of batches apart. `now` returns milliseconds of a monotonic clock. */
export function createSpacing(
  { spacingMs = 0, timers = systemClock }: SpacingOptions,
  now: () => number,
): Spacing {
  let startedAt = Number.NEGATIVE_INFINITY;
  let isArmed = false;
  return {
    started() {
      startedAt = now();
    },
    delays(retry) {
      const waitMs = startedAt + spacingMs - now();
      if (waitMs <= 0) return false;
      if (isArmed) return true;
      isArmed = true;
      timers.after(Math.ceil(waitMs), () => {
        isArmed = false;
        retry();
      });
      return true;
    },
  };
}
