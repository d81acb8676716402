/** The clock of sockets; tests advance it. */
export interface Timers {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls back once; disposing cancels it. */
  after(ms: number, callback: () => void): Disposable;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Resolves after the time, or at once on abort; never rejects. */
export function wait(ms: number, timers: Timers, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = timers.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Resolves when `work` settles or the time is up. */
export function within(work: Promise<unknown>, ms: number, timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    const timer = timers.after(ms, resolve);
    const done = (): void => {
      timer[Symbol.dispose]();
      resolve();
    };
    work.then(done, done);
  });
}
