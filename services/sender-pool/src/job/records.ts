import { type Backoff, type Clock, retry } from "@mio/pacing";
import type { Logger, LogLimiter } from "@mio/service-kit";
import {
  beatDeliveries,
  claimedExternalIds,
  createDeliveryLedger,
  type Db,
  type DeliveryLedger,
  findDelivery,
  isAnsweredDeleted,
  readInterim,
  scheduleDelivery,
  suppressDelivery,
  takeOverDelivery,
} from "@mio/store";
import { maxUnexplained, toTrouble } from "./trouble.ts";

/** The records of commands: the only memory that the next attempt has, in any process. */
export interface DeliveryRecords {
  readonly claim: DeliveryLedger["claim"];
  readonly takeOver: Bound<typeof takeOverDelivery>;
  readonly end: DeliveryLedger["end"];
  readonly beat: Bound<typeof beatDeliveries>;
  readonly schedule: Bound<typeof scheduleDelivery>;
  readonly suppress: Bound<typeof suppressDelivery>;
  readonly claimedExternalIds: Bound<typeof claimedExternalIds>;
  readonly readInterim: Bound<typeof readInterim>;
  readonly find: Bound<typeof findDelivery>;
  readonly isAnsweredDeleted: Bound<typeof isAnsweredDeleted>;
}

type Bound<F> = F extends (db: Db, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;

/** The records in Postgres. */
export function createRecords(db: Db): DeliveryRecords {
  const { claim, end } = createDeliveryLedger(db);
  return {
    claim,
    takeOver: (interrupted, externalIds) => takeOverDelivery(db, interrupted, externalIds),
    end,
    beat: (attempts) => beatDeliveries(db, attempts),
    schedule: (command, appointment) => scheduleDelivery(db, command, appointment),
    suppress: (command, why) => suppressDelivery(db, command, why),
    claimedExternalIds: (place) => claimedExternalIds(db, place),
    readInterim: (post) => readInterim(db, post),
    find: (command) => findDelivery(db, command),
    isAnsweredDeleted: (accountId, answers) => isAnsweredDeleted(db, accountId, answers),
  };
}

export interface RetryForeverDeps {
  readonly clock: Pick<Clock, "sleep">;
  readonly troubleBackoff: Backoff;
  readonly logger: Logger;
  /** All commands wait for the same service, so one line per second is enough. */
  readonly limiter: LogLimiter;
}

/**
 * Repeats `work` until it succeeds, for writes that an outage of the database or the broker must not lose.
 *
 * @throws MioError the last error, when another attempt cannot help or `signal` aborts.
 */
export async function retryForever<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  { clock, troubleBackoff: backoff, logger, limiter }: RetryForeverDeps,
): Promise<T> {
  let unexplained = 0;
  const onFailure = (caught: unknown, failures: number): boolean => {
    const { kind, error } = toTrouble(caught);
    if (kind === "unexplained") unexplained += 1;
    limiter.limit(`infrastructure ${error.code}`, (left_out) =>
      logger.warn({ err: error, failures, left_out }, "delivery.infrastructure_failed"),
    );
    return kind !== "refused" && unexplained < maxUnexplained;
  };
  return await retry(work, { clock, backoff, signal, onFailure }).catch((caught: unknown) => {
    throw toTrouble(caught).error;
  });
}
