import type { Handler } from "@mio/bus";
import type { Clock } from "@mio/service-kit";

/** Notices when there was nothing to do for a while. */
export interface IdleWatch extends Disposable {
  /** The same handler, seen at work. */
  watched(handler: Handler): Handler;
  /** Aborts when it was idle for long enough. */
  readonly signal: AbortSignal;
}

export function watchIdle({ clock, idleMs }: { readonly clock: Clock; readonly idleMs: number }): IdleWatch {
  const idle = new AbortController();
  let busy = 0;
  let round = new AbortController();

  /** Each time the last work ends, the wait begins anew. */
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
