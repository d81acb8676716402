import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/**
 * Whether a worker or probe is needed to `accept` work, or only to `finish` accepted work. A gateway without NATS
 * still accepts webhooks, because it records them.
 */
export type NeededTo = "accept" | "finish";

/** A loop that runs as long as the process; it is restarted with backoff when it ends. */
export interface Worker {
  readonly name: string;
  /** Default `finish`: a failed worker is restarted and then completes pending work. */
  readonly neededTo?: NeededTo;
  /** Runs until `signal` aborts, then returns. Rejecting or returning early counts as a failure. */
  run(signal: AbortSignal): Promise<void>;
}

/** A dependency that the process needs to be ready or, if advisory, to do all of its work. */
export interface Probe {
  readonly name: string;
  /** Resolves if the dependency is usable, rejects otherwise; it has one second. */
  check(signal: AbortSignal): Promise<void>;
  /** Default `accept`. */
  readonly neededTo?: NeededTo;
  /** A failure is reported but the process stays ready, because other work continues. */
  readonly advisory?: boolean;
  /** Further information for operators, also while healthy. Must be cheap and must not throw. */
  detail?(): string | undefined;
}

/** What the process provides to its app. */
export interface AppContext {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * A service as a value: its resources are open, and nothing runs yet.
 *
 * A stop is: readiness off, `stopAccepting`, abort and await the workers, dispose.
 */
export interface App extends AsyncDisposable {
  readonly name: string;
  readonly workers: readonly Worker[];
  readonly probes: readonly Probe[];
  /** Begins to accept external work (listens). Called once after all workers have started. */
  startAccepting?(): Promise<void>;
  /** Stops accepting external work and finishes work in flight, until `signal` aborts. */
  stopAccepting?(signal: AbortSignal): Promise<void>;
}
