import type { Logger } from "../telemetry/logger.ts";

export interface StopWatch extends Disposable {
  /** Resolves at the first stop signal or uncaught error. */
  readonly requested: Promise<void>;
  /** Whether an uncaught error was the reason. */
  crashed(): boolean;
}

interface WatchOptions {
  readonly process: NodeJS.Process;
  readonly logger: Logger;
  readonly graceMs: number;
}

const signals = ["SIGTERM", "SIGINT"] as const;
const crashes = ["uncaughtException", "unhandledRejection"] as const;
/** Time after the grace to release resources, and then again for the process to exit by itself. */
const leftoverMs = 1000;

/**
 * Watches for reasons to stop. After the first one, and again once disposed, it ends the process with exit code 1 if
 * something keeps it alive too long.
 */
export function watchForStop({ process, logger, graceMs }: WatchOptions): StopWatch {
  const { promise: requested, resolve: request } = Promise.withResolvers<void>();
  let crashed = false;
  let hardStop: NodeJS.Timeout | undefined;
  const endWithin = (ms: number): void => {
    clearTimeout(hardStop);
    hardStop = setTimeout(() => {
      logger.fatal({ kept_alive_by: process.getActiveResourcesInfo() }, "process.killed");
      process.exit(1);
    }, ms);
    hardStop.unref();
  };
  const stop = (): void => {
    if (hardStop === undefined) endWithin(graceMs + leftoverMs);
    request();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, "process.stopping");
    // Restores the default action, so that a second signal ends the process at once.
    for (const name of signals) process.off(name, onSignal);
    stop();
  };
  const onCrash = (error: unknown): void => {
    logger.fatal({ err: error }, "process.crashed");
    crashed = true;
    stop();
  };
  for (const name of signals) process.on(name, onSignal);
  for (const name of crashes) process.on(name, onCrash);

  return {
    requested,
    crashed: () => crashed,
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, onSignal);
      endWithin(leftoverMs);
    },
  };
}
