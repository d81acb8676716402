import { type Clock, systemClock } from "../clock.ts";
import type { App, AppContext } from "./app.ts";
import { drain, type Stopped } from "./drain.ts";
import { checkProbe, checkWorker, type Readiness, toReadiness } from "./readiness.ts";
import { supervise } from "./supervise.ts";

export interface RunningApp {
  readonly name: string;
  /** Asks every worker and probe; probes run in parallel and get one second each. */
  ready(): Promise<Readiness>;
  /** Drains and disposes the app. Calling it again gives the same result. */
  stop(): Promise<Stopped>;
}

export interface StartOptions {
  /** What work in flight gets to finish, in milliseconds. Default 15 s. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Starts the workers of an app, then lets it accept work.
 *
 * @throws whatever `startAccepting` threw, after the app was stopped and disposed.
 */
export async function startApp(
  app: App,
  context: AppContext,
  options: StartOptions = {},
): Promise<RunningApp> {
  const { graceMs = 15_000, clock = systemClock, random } = options;
  const { logger, metrics } = context;
  const failures = metrics.counter({
    name: "mio_worker_failures_total",
    help: "Failures of background workers, each followed by a restart.",
    labels: ["worker", "code"],
  });
  const stopping = new AbortController();
  const abortWorkers = new AbortController();
  const workers = app.workers.map((worker) =>
    supervise(worker, { signal: abortWorkers.signal, logger, failures, clock, ...(random && { random }) }),
  );
  let stopped: Promise<Stopped> | undefined;
  const stop = (): Promise<Stopped> => {
    stopping.abort();
    stopped ??= drain({ app, workers, abortWorkers, graceMs, clock, logger });
    return stopped;
  };
  try {
    await app.startAccepting?.();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: app.name,
    ready: async () =>
      toReadiness([
        {
          name: app.name,
          kind: "app",
          ok: !stopping.signal.aborted,
          ...(stopping.signal.aborted && { reason: "stopping" }),
        },
        ...workers.map(checkWorker),
        ...(await Promise.all(app.probes.map(checkProbe))),
      ]),
    stop,
  };
}
