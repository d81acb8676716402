/** Thrown to a call whose answer can no longer come, because the connection it was sent on is gone. */
export class LinkLostError extends Error {
  override readonly name = "LinkLostError";
}

/** The state of the connection, for those who would otherwise wait for an answer that was lost with it. */
export interface Link {
  lost(): void;
  restored(): void;
  /** Calls `listener` at each loss; returns how to stop that. */
  onLost(listener: () => void): () => void;
  /** Resolves when the connection is there, or when `signal` aborts. */
  whenUp(signal: AbortSignal): Promise<void>;
  /**
   * The answer to `call`, or {@link LinkLostError} as soon as the connection is lost. What is asked while it is
   * down is dropped by the client, so wait with `whenUp` first.
   */
  guard<T>(call: Promise<T>): Promise<T>;
}

export function createLink(): Link {
  const listeners = new Set<() => void>();
  let up = Promise.withResolvers<void>();
  up.resolve();
  const onLost = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    lost() {
      up.resolve();
      up = Promise.withResolvers();
      for (const listener of [...listeners]) listener();
    },
    restored: () => up.resolve(),
    onLost,
    async whenUp(signal) {
      const { promise: aborted, resolve } = Promise.withResolvers<void>();
      if (signal.aborted) return;
      signal.addEventListener("abort", () => resolve(), { once: true });
      await Promise.race([up.promise, aborted]);
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
