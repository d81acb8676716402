import type { Handler } from "@mio/bus";
import type { Clock } from "@mio/pacing";

/** Detects when a handler has had no work for a while. */
export interface IdleWatch extends Disposable {
  /** The same handler, whose work counts. */
  watched(handler: Handler): Handler;
  /** Aborts after `idleMs` without work. */
  readonly signal: AbortSignal;
}

export function watchIdle({ clock, idleMs }: { readonly clock: Clock; readonly idleMs: number }): IdleWatch {
  const idle = new AbortController();
  let busy = 0;
  let round = new AbortController();

  /** Starts the idle time again; called whenever no work is left. */
  const wait = (): void => {
    round.abort();
    round = new AbortController();
    clock.sleep(idleMs, round.signal).then(
      () => idle.abort(),
      () => undefined,
    );
  };
  wait();
  return {
    signal: idle.signal,
    [Symbol.dispose]: () => round.abort(),
    watched: (handler) => async (delivery, context) => {
      busy += 1;
      round.abort();
      try {
        return await handler(delivery, context);
      } finally {
        busy -= 1;
        if (busy === 0) wait();
      }
    },
  };
}
