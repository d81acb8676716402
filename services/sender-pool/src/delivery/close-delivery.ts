import type { MioError } from "@mio/failure";
import type { Backoff, Clock, Logger } from "@mio/service-kit";
import { type Db, endAttempt } from "@mio/store";
import { reasonOf, unknownSend } from "../command/refusal.ts";
import type { DeliveryEvents } from "../report/events.ts";
import { type Claim, claimAttempt, fencedOut, takeOver } from "./claim-attempt.ts";
import { type DeliveryJob, failed, type Step, unknown } from "./delivery-job.ts";
import type { DeliveryPolicy } from "./delivery-policy.ts";
import { insist } from "./insist.ts";
import type { Judgement } from "./judge-call.ts";

export interface CloseDeliveryDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  /** This process, unique to its life. */
  readonly instance: string;
  readonly policy: DeliveryPolicy;
  readonly events: DeliveryEvents;
  /** Between tries while the database is away. */
  readonly troubleBackoff: Backoff;
}

type OpenClaim = Extract<Claim, { kind: "open" }>;

/** What the record of a command goes through: claimed, and brought to an end. */
export interface CloseDelivery {
  claim(job: DeliveryJob): Promise<Claim>;
  /** Puts the end of an attempt on record, and tells the step only when the attempt was still this job's. */
  record(job: DeliveryJob, attempt: number, judgement: Judgement): Promise<Step>;
  /** Leaves an open attempt to a person. */
  hold(job: DeliveryJob, open: OpenClaim): Promise<Step>;
  /** Ends a command without calling the platform, unless an earlier attempt may have called it. */
  giveUp(job: DeliveryJob, error: MioError): Promise<Step>;
}

export function createCloseDelivery(deps: CloseDeliveryDeps): CloseDelivery {
  const { db, clock, logger } = deps;
  const claim = (job: DeliveryJob): Promise<Claim> => claimAttempt(job, deps);

  const record: CloseDelivery["record"] = async (job, attempt, { record: end, step }) => {
    if (end === undefined) return step;
    const { accountId, id: commandId } = job.command;
    const name = { accountId, commandId, owner: job.owner, attempt };
    const options = { clock, logger, backoff: deps.troubleBackoff, signal: job.signal };
    const isOurs = await insist(() => endAttempt(db, name, end), options);
    return isOurs ? step : fencedOut();
  };

  const hold: CloseDelivery["hold"] = async (job, open) => {
    const taken = await takeOver(job, db, open);
    if (taken === undefined) return fencedOut();
    const error = unknownSend();
    const { alreadySent: externalIds } = taken;
    const end = { state: "unknown", externalIds, code: error.code, reason: reasonOf(error) } as const;
    return record(job, taken.attempt, { record: end, step: unknown(open.attempt, error, externalIds) });
  };

  const giveUp: CloseDelivery["giveUp"] = async (job, error) => {
    const claimed = await claim(job);
    if (claimed.kind === "step") return claimed.step;
    if (claimed.kind === "open") return hold(job, claimed);
    const { attempt, alreadySent: externalIds } = claimed;
    const end = { state: "dead", externalIds, code: error.code, reason: reasonOf(error) } as const;
    return record(job, attempt, { record: end, step: failed(attempt - 1, error, externalIds) });
  };

  return { claim, record, hold, giveUp };
}
