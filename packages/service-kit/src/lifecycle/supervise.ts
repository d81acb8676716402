import { MioError, toMioError } from "@mio/failure";
import { type Clock, createBackoff, pause, systemClock } from "@mio/pacing";
import type { Logger } from "../telemetry/logger.ts";
import type { Counter } from "../telemetry/metrics.ts";
import type { NeededTo, Worker } from "./app.ts";

export interface WorkerState {
  /** `failing` from a failure until the worker has run for `steadyMs`. */
  readonly status: "starting" | "running" | "failing" | "stopped";
  readonly since: Date;
  readonly lastError: MioError | undefined;
  readonly restarts: number;
}

export interface SupervisedWorker {
  readonly name: string;
  readonly neededTo: NeededTo;
  state(): WorkerState;
  /** Resolves when the worker has stopped after `signal`; never rejects. */
  readonly done: Promise<void>;
}

export interface SuperviseOptions {
  /** Stops the worker and its restarts. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Counts failures by worker and code. */
  readonly failures?: Counter<"worker" | "code">;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Ceiling of the first restart delay. Default 100 ms. */
  readonly baseMs?: number;
  /** Ceiling of every restart delay. Default 30 s. */
  readonly maxMs?: number;
  /** How long a restarted worker must run to count as healthy. Default 5 s. */
  readonly steadyMs?: number;
}

/**
 * Keeps a worker running until `signal` aborts. When it rejects or returns early, it is restarted after a random,
 * growing delay, without affecting its siblings. A non-retryable failure waits the longest delay at once, and shows
 * as `failing` like any other.
 */
export function supervise(worker: Worker, options: SuperviseOptions): SupervisedWorker {
  const {
    signal,
    logger,
    failures,
    clock = systemClock,
    random,
    baseMs = 100,
    maxMs = 30_000,
    steadyMs = 5000,
  } = options;
  const backoff = createBackoff({ baseMs, maxMs, ...(random && { random }) });
  let state: WorkerState = { status: "starting", since: clock.now(), lastError: undefined, restarts: 0 };
  let runningSince: Date | undefined;
  let failuresInARow = 0;
  const isSteady = (): boolean =>
    runningSince !== undefined && clock.now().getTime() - runningSince.getTime() >= steadyMs;
  const enter = (change: Partial<WorkerState>): void => {
    state = { ...state, since: clock.now(), ...change };
  };

  const fail = (error: MioError): number => {
    failuresInARow = isSteady() ? 1 : failuresInARow + 1;
    runningSince = undefined;
    failures?.inc({ worker: worker.name, code: error.code });
    const delayMs = Math.round(
      backoff.delayMs(error.retry === "never" ? Number.POSITIVE_INFINITY : failuresInARow),
    );
    enter({ status: "failing", lastError: error, restarts: state.restarts + 1 });
    logger.error(
      { worker: worker.name, err: error, restarts: state.restarts, delay_ms: delayMs },
      "worker.failed",
    );
    return delayMs;
  };

  const keepRunning = async (): Promise<void> => {
    enter({ status: "running" });
    while (!signal.aborted) {
      runningSince = clock.now();
      const error = await runOnce(worker, signal);
      if (!signal.aborted) await pause(fail(error), { clock, signal });
    }
    enter({ status: "stopped" });
  };

  return {
    name: worker.name,
    neededTo: worker.neededTo ?? "finish",
    state: () => (state.status === "failing" && isSteady() ? { ...state, status: "running" } : state),
    done: keepRunning(),
  };
}

/** Runs the worker until it ends, and returns the failure. It should end only after `signal`. */
async function runOnce(worker: Worker, signal: AbortSignal): Promise<MioError> {
  try {
    await worker.run(signal);
    return new MioError("worker.ended", `The worker ${worker.name} returned without being stopped.`, {
      retry: "soon",
    });
  } catch (error) {
    return toMioError(error);
  }
}
