/** The clock that sockets live by; tests wind it by hand. */
export interface Timers {
  /** Milliseconds that only ever grow. */
  now(): number;
  /** Calls back once; disposing takes it back. */
  after(ms: number, callback: () => void): Disposable;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Resolves after the time, or at once when the signal aborts; never rejects. */
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

/** Resolves when `work` is over, well or badly, or when the time is up. */
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

/** What `work` comes to; undefined as soon as the signal aborts. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const give = (): void => resolve(undefined);
    signal.addEventListener("abort", give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", give));
  });
}
