import type { Clock } from "@mio/pacing";

/** A pause that can be ended early. */
export interface Waiting {
  pause(ms: number): Promise<void>;
  /** Ends the current pause, or else the next one. */
  end(): void;
}

export function createWaiting(clock: Clock, signal: AbortSignal): Waiting {
  let ended = new AbortController();
  return {
    pause: async (ms) => {
      await clock.sleep(ms, AbortSignal.any([signal, ended.signal])).catch(() => undefined);
      ended = new AbortController();
    },
    end: () => ended.abort(),
  };
}
