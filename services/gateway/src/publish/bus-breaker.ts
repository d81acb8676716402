/** Circuit breaker for a bus that does not confirm: while it is open, callers leave their events to the relay. */
export interface BusBreaker {
  /** Whether a caller may try the bus. While open, one caller per `restMs` may. */
  allows(): boolean;
  failed(): void;
  succeeded(): void;
}

export interface BusBreakerOptions {
  /** Monotonic milliseconds. */
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
