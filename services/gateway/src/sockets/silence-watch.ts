import type { Clock } from "@mio/pacing";
import type { SocketStatus } from "./socket-status.ts";

/** Notices that a socket is open and brings nothing: the platform answers, and sends no events. */
export interface SilenceWatch {
  /** Tells each silence once, when it is looked at past the limit for the first time. */
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
