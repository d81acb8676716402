import type { MioError } from "@mio/failure";
import type { Backoff, Clock, Logger } from "@mio/service-kit";
import { type Db, endAttempt } from "@mio/store";
import { type Claim, claimAttempt, fencedOut, takeOver } from "./claim-attempt.ts";
import { type DeliveryJob, failed, type Step, unknown } from "./delivery-job.ts";
import { type DeliveryPolicy, settleMs } from "./delivery-policy.ts";
import type { DeliveryEvents } from "./events.ts";
import { insist } from "./insist.ts";
import type { Judgement } from "./judge-call.ts";
import { reasonOf, unknownSend } from "./refusal.ts";

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
  const { db, clock, logger, instance, events } = deps;
  const claimOptions = { db, clock, instance, events, settleMs: settleMs(deps.policy) };
  const claim = (job: DeliveryJob): Promise<Claim> => claimAttempt(job, claimOptions);

  const record: CloseDelivery["record"] = async (job, attempt, { record: end, step }) => {
    if (end === undefined) return step;
    const { accountId, id: commandId } = job.command;
    const name = { accountId, commandId, owner: job.owner, attempt };
    const options = { clock, logger, backoff: deps.troubleBackoff, signal: job.signal };
    const isOurs = await insist(() => endAttempt(db, name, end), options);
    return isOurs ? step : fencedOut();
  };

  const hold: CloseDelivery["hold"] = async (job, open) => {
    const attempt = await takeOver(job, db, open.attempt);
    if (attempt === undefined) return fencedOut();
    const error = unknownSend();
    const end = { state: "unknown", code: error.code, reason: reasonOf(error) } as const;
    return record(job, attempt, { record: end, step: unknown(open.attempt, error) });
  };

  const giveUp: CloseDelivery["giveUp"] = async (job, error) => {
    const claimed = await claim(job);
    if (claimed.kind === "step") return claimed.step;
    if (claimed.kind === "open") return hold(job, claimed);
    const end = { state: "dead", code: error.code, reason: reasonOf(error) } as const;
    return record(job, claimed.attempt, { record: end, step: failed(claimed.attempt - 1, error) });
  };

  return { claim, record, hold, giveUp };
}
