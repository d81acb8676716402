import type { Clock } from "@mio/pacing";
import type { Logger } from "../telemetry/logger.ts";
import type { App } from "./app.ts";
import type { SupervisedWorker } from "./supervise.ts";

/** The result of a stop: the names of steps that did not finish within the grace. */
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

/** Minimum time to dispose if the grace is used up; the process exits one second after it. */
const closeMs = 500;

/**
 * Stops accepting, then the workers, then disposes the app: all within one grace period, plus a moment to dispose,
 * because closing a connection may wait for a silent server. Never rejects.
 */
export async function drain({
  app,
  workers,
  abortWorkers,
  graceMs,
  clock,
  logger,
}: DrainOptions): Promise<Stopped> {
  const unfinished: string[] = [];
  const startedAt = clock.now().getTime();
  const finish = async (step: string, work: Promise<unknown>, deadline: AbortSignal): Promise<void> => {
    const failed = (err: unknown): void => logger.error({ step, err }, "drain.step_failed");
    if (!(await settlesBefore(deadline, work, failed))) unfinished.push(step);
  };

  using grace = startDeadline(clock, graceMs);
  await finish(
    "accepting",
    attempt(() => app.stopAccepting?.(grace.signal)),
    grace.signal,
  );
  abortWorkers.abort();
  await Promise.all(workers.map(({ name, done }) => finish(`worker ${name}`, done, grace.signal)));
  using closing = startDeadline(clock, Math.max(closeMs, startedAt + graceMs - clock.now().getTime()));
  await finish(
    "dispose",
    attempt(() => app[Symbol.asyncDispose]()),
    closing.signal,
  );
  if (unfinished.length > 0) {
    logger.warn({ app: app.name, unfinished, grace_ms: graceMs }, "drain.incomplete");
  }
  return { unfinished };
}

interface Deadline extends Disposable {
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
}

function startDeadline(clock: Clock, ms: number): Deadline {
  const over = new AbortController();
  const settled = new AbortController();
  clock.sleep(ms, settled.signal).then(
    () => over.abort(),
    () => undefined,
  );
  return { signal: over.signal, [Symbol.dispose]: () => settled.abort() };
}

/** Calls `work`, so that a synchronous throw also rejects. */
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
