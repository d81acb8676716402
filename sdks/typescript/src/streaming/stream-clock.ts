import { pause, systemClock } from "@mio/pacing";

/** Time as an argument, so that tests need not wait for it. */
export interface StreamClock {
  /** Milliseconds since a fixed moment. */
  now(): number;
  /** Waits, or returns early when `signal` aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const streamClock: StreamClock = {
  now: () => systemClock.monotonicMs(),
  sleep: (ms, signal) => pause(ms, { clock: systemClock, signal }),
};
