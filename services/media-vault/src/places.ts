import { addAbortListener } from "node:events";

/** A bound on how much happens at once; who comes first goes first. */
export interface Places {
  /** Resolves once a place is free; disposing gives it back. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<Disposable>;
  /** Places taken now. */
  taken(): number;
}

export function createPlaces(count: number): Places {
  let taken = 0;
  const queue = new Set<() => void>();

  const giveBack = (): void => {
    const [next] = queue;
    if (next === undefined) {
      taken -= 1;
      return;
    }
    queue.delete(next);
    next();
  };
  const waitForTurn = async (signal: AbortSignal): Promise<void> => {
    const turn = Promise.withResolvers<void>();
    queue.add(turn.resolve);
    using _listener = addAbortListener(signal, () => {
      queue.delete(turn.resolve);
      turn.reject(signal.reason);
    });
    await turn.promise;
  };
  return {
    taken: () => taken,
    take: async (signal) => {
      signal.throwIfAborted();
      if (taken < count) taken += 1;
      else await waitForTurn(signal);
      return { [Symbol.dispose]: giveBack };
    },
  };
}
