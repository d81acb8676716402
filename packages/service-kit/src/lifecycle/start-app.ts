import { type Clock, systemClock } from "@mio/pacing";
import type { App, AppContext, Probe } from "./app.ts";
import { drain, type Stopped } from "./drain.ts";
import {
  type Check,
  checkWorker,
  isNeededToAccept,
  keepCheck,
  type ProbeCheck,
  type Readiness,
  toReadiness,
} from "./readiness.ts";
import { type SupervisedWorker, supervise } from "./supervise.ts";

export interface RunningApp {
  readonly name: string;
  /** Checks every worker and probe. Probes run in parallel with one second each; results are cached for a second. */
  ready(): Promise<Readiness>;
  /** Checks only what the app needs to accept work: whether to route to it. */
  accepting(): Promise<Readiness>;
  /** Drains and disposes the app. Repeated calls return the same result. */
  stop(): Promise<Stopped>;
}

export interface StartOptions {
  /** Time for work in flight to finish, in milliseconds. Default 15 s. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Starts the workers of an app, then lets it accept work.
 *
 * @throws any error of `startAccepting`, after the app was stopped and disposed.
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
  const probes = app.probes.map((probe) => ({ probe, check: keepCheck(probe, clock) }));
  const checkApp = (): Check => ({
    name: app.name,
    kind: "app",
    ok: !stopping.signal.aborted,
    ...(stopping.signal.aborted && { reason: "stopping" }),
  });
  const checkAll = async (of: { readonly workers: readonly SupervisedWorker[]; readonly probes: Probes }) =>
    toReadiness([
      checkApp(),
      ...of.workers.map(checkWorker),
      ...(await Promise.all(of.probes.map(({ check }) => check()))),
    ]);
  const neededToAccept = {
    workers: workers.filter(({ neededTo }) => neededTo === "accept"),
    probes: probes.filter(({ probe }) => isNeededToAccept(probe)),
  };
  return {
    name: app.name,
    ready: () => checkAll({ workers, probes }),
    accepting: () => checkAll(neededToAccept),
    stop,
  };
}

type Probes = readonly { readonly probe: Probe; readonly check: ProbeCheck }[];
