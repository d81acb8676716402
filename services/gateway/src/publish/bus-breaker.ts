/** Spares callers the wait for a bus that does not confirm: while it is open, they leave their events to the relay. */
export interface BusBreaker {
  /** Whether a caller may try the bus. While it is open, one caller in each `restMs` may. */
  allows(): boolean;
  failed(): void;
  succeeded(): void;
}

export interface BusBreakerOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly restMs: number;
}

export function createBusBreaker({ now, restMs }: BusBreakerOptions): BusBreaker {
  let nextTryAt: number | undefined;
  return {
    allows() {
      if (nextTryAt === undefined) return true;
      if (now() < nextTryAt) return false;
      nextTryAt = now() + restMs;
      return true;
    },
    failed() {
      nextTryAt = now() + restMs;
    },
    succeeded() {
      nextTryAt = undefined;
    },
  };
}
