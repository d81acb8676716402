import { MioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import { createBackoff } from "@mio/pacing";
import type { Logger } from "../telemetry/logger.ts";

export interface PatienceOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves when the process must stop. */
  readonly stop: Promise<unknown>;
  /** How long to retry. */
  readonly patienceMs: number;
  /** Called with each failure that is retried. */
  readonly onFailure: (error: MioError) => void;
}

const pauses = createBackoff({ baseMs: 250, maxMs: 2_000 });

/**
 * Opens something whose dependencies may start later than this process. Retries as long as the error is retryable and
 * time is left. Resolves with undefined if the process must stop first.
 *
 * @throws the last error if it is not retryable or the time is up
 */
export async function openPatiently<T extends AsyncDisposable>(
  open: () => Promise<T>,
  { clock, logger, stop, patienceMs, onFailure }: PatienceOptions,
): Promise<T | undefined> {
  let isStopped = false;
  const stopped = stop.then(() => {
    isStopped = true;
    return undefined;
  });
  const giveUpAt = clock.now().getTime() + patienceMs;
  let loggedCode: string | undefined;
  for (let attempt = 1; !isStopped; attempt += 1) {
    const outcome = await tryOnce(open, stopped);
    if (outcome === undefined || outcome.kind === "opened") return outcome?.opened;
    const { error } = outcome;
    const pauseMs = pauses.ceilingMs(attempt);
    if (!isWorthWaiting(error) || clock.now().getTime() + pauseMs > giveUpAt) throw error;
    onFailure(error);
    if (loggedCode !== error.code) logger.warn({ err: error, patience_ms: patienceMs }, "process.waiting");
    loggedCode = error.code;
    const pause = new AbortController();
    const slept = clock.sleep(pauseMs, pause.signal).catch(() => undefined);
    await Promise.race([slept, stopped]);
    pause.abort();
  }
  return undefined;
}

type Outcome<T> =
  | { readonly kind: "opened"; readonly opened: T }
  | { readonly kind: "failed"; readonly error: unknown };

/** Undefined if the process must stop; what opens after that is disposed. */
async function tryOnce<T extends AsyncDisposable>(
  open: () => Promise<T>,
  stopped: Promise<undefined>,
): Promise<Outcome<T> | undefined> {
  const opening = open().then(
    (opened): Outcome<T> => ({ kind: "opened", opened }),
    (error: unknown): Outcome<T> => ({ kind: "failed", error }),
  );
  const outcome = await Promise.race([opening, stopped]);
  if (outcome === undefined) {
    void opening
      .then(async (late) => late.kind === "opened" && (await late.opened[Symbol.asyncDispose]()))
      .catch(() => undefined);
  }
  return outcome;
}

function isWorthWaiting(error: unknown): error is MioError {
  return error instanceof MioError && error.retry !== "never";
}
