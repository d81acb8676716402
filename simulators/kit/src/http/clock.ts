import { setTimeout as delay } from "node:timers/promises";

/** Time as a simulator sees it; tests inject their own to make tokens expire at will. */
export interface SimulatorClock {
  now(): Date;
  /** Resolves after `ms`, or rejects when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: SimulatorClock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
};
