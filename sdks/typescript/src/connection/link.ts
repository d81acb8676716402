/** A call was under way when its connection was lost, so its answer cannot come. */
export class LinkLostError extends Error {
  override readonly name = "LinkLostError";
}

/** The state of the connection. Calls that wait for an answer end when it is lost. */
export interface Link {
  readonly isUp: boolean;
  lost(): void;
  restored(): void;
  /** Calls `listener` at each loss; returns a function that removes it. */
  onLost(listener: () => void): () => void;
  /**
   * Resolves when the connection is up, when `signal` aborts, or after `patienceMs`. While the connection is up it
   * resolves at once and registers no listener.
   */
  whenUp(signal?: AbortSignal, patienceMs?: number): Promise<void>;
  /**
   * Resolves as `call` does, or rejects with {@link LinkLostError} as soon as the connection is lost. The client drops
   * requests while the connection is down, so wait with `whenUp` first.
   */
  guard<T>(call: Promise<T>): Promise<T>;
}

export function createLink(): Link {
  const listeners = new Set<() => void>();
  const waiting = new Set<() => void>();
  let isUp = true;
  const onLost = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    get isUp() {
      return isUp;
    },
    lost() {
      isUp = false;
      for (const listener of [...listeners]) listener();
    },
    restored() {
      isUp = true;
      for (const resume of waiting) resume();
    },
    onLost,
    async whenUp(signal, patienceMs) {
      if (isUp || signal?.aborted === true) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const resume = () => resolve();
      const timer = patienceMs === undefined ? undefined : setTimeout(resume, patienceMs);
      signal?.addEventListener("abort", resume, { once: true });
      waiting.add(resume);
      try {
        await promise;
      } finally {
        waiting.delete(resume);
        signal?.removeEventListener("abort", resume);
        clearTimeout(timer);
      }
    },
    async guard(call) {
      const { promise: gone, reject } = Promise.withResolvers<never>();
      const off = onLost(() => reject(new LinkLostError("The connection was lost before the answer came.")));
      try {
        return await Promise.race([call, gone]);
      } finally {
        off();
      }
    },
  };
}
