import { sleep } from "../connection/backoff.ts";

/** Time as an argument, so that tests need not wait for it. */
export interface StreamClock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Waits, or returns early when `signal` aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: StreamClock = { now: () => performance.now(), sleep };
