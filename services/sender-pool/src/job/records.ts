import {
  beatDeliveries,
  claimDelivery,
  claimedExternalIds,
  type Db,
  endAttempt,
  findDelivery,
  isAnsweredDeleted,
  readInterim,
  scheduleDelivery,
  suppressDelivery,
  takeOverDelivery,
} from "@mio/store";

/** The records of commands: the only memory that the next attempt has, in any process. */
export interface DeliveryRecords {
  readonly claim: Bound<typeof claimDelivery>;
  readonly takeOver: Bound<typeof takeOverDelivery>;
  readonly end: Bound<typeof endAttempt>;
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
  return {
    claim: (claim) => claimDelivery(db, claim),
    takeOver: (interrupted, externalIds) => takeOverDelivery(db, interrupted, externalIds),
    end: (attempt, end) => endAttempt(db, attempt, end),
    beat: (attempts) => beatDeliveries(db, attempts),
    schedule: (command, appointment) => scheduleDelivery(db, command, appointment),
    suppress: (command, why) => suppressDelivery(db, command, why),
    claimedExternalIds: (place) => claimedExternalIds(db, place),
    readInterim: (post) => readInterim(db, post),
    find: (command) => findDelivery(db, command),
    isAnsweredDeleted: (accountId, answers) => isAnsweredDeleted(db, accountId, answers),
  };
}
