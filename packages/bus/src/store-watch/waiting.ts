import type { Clock } from "@mio/service-kit";

/** Pauses that something else may end early. */
export interface Waiting {
  pause(ms: number): Promise<void>;
  /** Ends the pause that is under way, or the next one when none is. */
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
