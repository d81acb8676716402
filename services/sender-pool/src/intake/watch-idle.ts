import type { Handler } from "@mio/bus";
import type { Timers } from "@mio/pacing";

/** Detects when a handler has had no work for a while. */
export interface IdleWatch extends Disposable {
  /** The same handler, whose work counts. */
  watched(handler: Handler): Handler;
  /** Aborts after `idleMs` without work. */
  readonly signal: AbortSignal;
}

export function watchIdle({ clock, idleMs }: { readonly clock: Timers; readonly idleMs: number }): IdleWatch {
  const idle = new AbortController();
  let busy = 0;
  const startTimer = (): Disposable => clock.after(idleMs, () => idle.abort());
  /** Runs while no work is left. */
  let timer = startTimer();
  return {
    signal: idle.signal,
    [Symbol.dispose]: () => timer[Symbol.dispose](),
    watched: (handler) => async (delivery, context) => {
      busy += 1;
      timer[Symbol.dispose]();
      try {
        return await handler(delivery, context);
      } finally {
        busy -= 1;
        if (busy === 0) timer = startTimer();
      }
    },
  };
}
