/** Thrown to a call whose answer can no longer come, because the connection it was sent on is gone. */
export class LinkLostError extends Error {
  override readonly name = "LinkLostError";
}

/** The state of the connection, for those who would otherwise wait for an answer that was lost with it. */
export interface Link {
  readonly isUp: boolean;
  lost(): void;
  restored(): void;
  /** Calls `listener` at each loss; returns how to stop that. */
  onLost(listener: () => void): () => void;
  /**
   * Resolves when the connection is there, when `signal` aborts, or after `patienceMs`. Returns at once and
   * registers nothing when the connection is up.
   */
  whenUp(signal?: AbortSignal, patienceMs?: number): Promise<void>;
  /**
   * The answer to `call`, or {@link LinkLostError} as soon as the connection is lost. What is asked while it is
   * down is dropped by the client, so wait with `whenUp` first.
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
