import type { Clock } from "../clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { App } from "./app.ts";
import type { SupervisedWorker } from "./supervise.ts";

/** How a stop went: what had not finished within its grace, by name. */
export interface Stopped {
  readonly unfinished: readonly string[];
}

interface DrainOptions {
  readonly app: App;
  readonly workers: readonly SupervisedWorker[];
  readonly abortWorkers: AbortController;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Stops accepting, then the workers, all within one grace period, then disposes the app. Never rejects. */
export async function drain({
  app,
  workers,
  abortWorkers,
  graceMs,
  clock,
  logger,
}: DrainOptions): Promise<Stopped> {
  const unfinished: string[] = [];
  const deadline = new AbortController();
  const finished = new AbortController();
  clock.sleep(graceMs, finished.signal).then(
    () => deadline.abort(),
    () => undefined,
  );
  const finish = async (step: string, work: Promise<unknown>): Promise<void> => {
    if (
      !(await settlesBefore(deadline.signal, work, (err) => logger.error({ step, err }, "drain.step_failed")))
    ) {
      unfinished.push(step);
    }
  };

  await finish(
    "accepting",
    attempt(() => app.stopAccepting?.(deadline.signal)),
  );
  abortWorkers.abort();
  await Promise.all(workers.map((worker) => finish(`worker ${worker.name}`, worker.done)));
  finished.abort();
  await attempt(() => app[Symbol.asyncDispose]()).catch((err: unknown) => {
    logger.error({ step: "dispose", err }, "drain.step_failed");
    unfinished.push("dispose");
  });
  if (unfinished.length > 0)
    logger.warn({ app: app.name, unfinished, grace_ms: graceMs }, "drain.incomplete");
  return { unfinished };
}

/** Calls `work` so that a synchronous throw rejects too. */
async function attempt(work: () => PromiseLike<unknown> | undefined): Promise<unknown> {
  return await work();
}

async function settlesBefore(
  deadline: AbortSignal,
  work: Promise<unknown>,
  onError: (error: unknown) => void,
): Promise<boolean> {
  const expired = new Promise<boolean>((resolve) => {
    if (deadline.aborted) setImmediate(resolve, false);
    deadline.addEventListener("abort", () => resolve(false), { once: true });
  });
  const settled = work.then(
    () => true,
    (error: unknown) => {
      onError(error);
      return false;
    },
  );
  return await Promise.race([settled, expired]);
}
