import type { Clock } from "@mio/pacing";
import type { SocketStatus } from "./socket-status.ts";

/** Detects an open socket without events: the platform answers but sends none. */
export interface SilenceWatch {
  /** Reports each silence once, at the first call past the limit. */
  look(status: SocketStatus): void;
}

export interface SilenceWatchOptions {
  readonly silentAfterMs: number;
  readonly clock: Pick<Clock, "now">;
  readonly onSilent: (forMs: number) => void;
}

export function createSilenceWatch({ silentAfterMs, clock, onSilent }: SilenceWatchOptions): SilenceWatch {
  let toldSince: number | undefined;
  return {
    look({ state, heardAt }) {
      const since = heardAt.getTime();
      const forMs = clock.now().getTime() - since;
      if (state.kind !== "open" || forMs < silentAfterMs || since === toldSince) return;
      toldSince = since;
      onSilent(forMs);
    },
  };
}
