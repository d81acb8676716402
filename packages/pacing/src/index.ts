export { type Backoff, type BackoffOptions, createBackoff } from "./backoff.ts";
export { type BoundedMap, createBoundedMap } from "./bounded-map.ts";
export {
  type Clock,
  type MonotonicClock,
  type PauseOptions,
  pause,
  systemClock,
  type Timers,
} from "./clock.ts";
export {
  type Deadline,
  DeadlineExceeded,
  type DeadlineOptions,
  type JoinedSignal,
  joinSignals,
  startDeadline,
  timedOut,
  unlessAborted,
  withDeadline,
} from "./deadline.ts";
export { type RetryOptions, retry } from "./retry.ts";
export { createSemaphore, type Semaphore, type WaitLimit } from "./semaphore.ts";
