import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/**
 * What a worker or a probe is needed for: to `accept` work, or only to `finish` what was accepted. A gateway without NATS
 * accepts webhooks all the same, because it records them.
 */
export type NeededTo = "accept" | "finish";

/** A loop that should run for as long as the process does; it is restarted with backoff when it ends. */
export interface Worker {
  readonly name: string;
  /** Default `finish`: a worker that fails is started again, and what it left undone is done then. */
  readonly neededTo?: NeededTo;
  /** Runs until `signal` aborts, then returns. Rejecting or returning early counts as a failure. */
  run(signal: AbortSignal): Promise<void>;
}

/** One thing a process needs to be ready, or, when it is advisory, to do all of its work. */
export interface Probe {
  readonly name: string;
  /** Resolves when the dependency is usable and rejects when not; it gets one second. */
  check(signal: AbortSignal): Promise<void>;
  /** Default `accept`. */
  readonly neededTo?: NeededTo;
  /** Its failure is told, and the process stays ready: the rest of the work goes on. */
  readonly advisory?: boolean;
  /** What operators may want to know besides, also when all is well; cheap, and it does not throw. */
  detail?(): string | undefined;
}

/** What a process gives to the app it runs. */
export interface AppContext {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * A service as a value: resources are open, nothing runs yet.
 *
 * Stopping goes: readiness off, `stopAccepting`, workers aborted and awaited, disposed.
 */
export interface App extends AsyncDisposable {
  readonly name: string;
  readonly workers: readonly Worker[];
  readonly probes: readonly Probe[];
  /** Begins to take work from outside (listens). Called once every worker has been started. */
  startAccepting?(): Promise<void>;
  /** Ends taking work from outside and finishes what is in flight, within `signal`. */
  stopAccepting?(signal: AbortSignal): Promise<void>;
}
