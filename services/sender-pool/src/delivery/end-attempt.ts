import type { MioError } from "@mio/failure";
import { type Backoff, type Clock, createLogLimiter, type Logger } from "@mio/service-kit";
import type { AnsweredMessage } from "@mio/store";
import {
  type DeliveryJob,
  failed,
  type Step,
  type SuppressedReason,
  sent,
  suppressed,
  unknown,
} from "../job/delivery-job.ts";
import type { DeliveryRecords } from "../job/records.ts";
import { exhausted, reasonOf, unknownSend } from "../job/refusal.ts";
import { retryForever } from "../job/retry-forever.ts";
import type { Judgement } from "../pipeline/judge-call.ts";
import type { DeliveryEvents } from "../report/events.ts";
import { type Claim, claimAttempt, fencedOut, takeOver } from "./claim-attempt.ts";
import type { DeliveryPolicy } from "./delivery-policy.ts";

export interface CloseDeliveryDeps {
  readonly records: DeliveryRecords;
  readonly clock: Clock;
  readonly logger: Logger;
  /** This process, unique to its life. */
  readonly instance: string;
  /** Owners that are at work in this process. */
  readonly running: ReadonlySet<string>;
  readonly policy: DeliveryPolicy;
  readonly events: DeliveryEvents;
  /** Between tries while the database is away. */
  readonly troubleBackoff: Backoff;
}

type OpenClaim = Extract<Claim, { kind: "open" }>;

/** What the record of a command goes through: claimed, and brought to an end. */
export interface CloseDelivery {
  /** With `answers`, only while that message is there. */
  claim(job: DeliveryJob, answers?: AnsweredMessage): Promise<Claim>;
  /** Puts the end of an attempt on record, and tells the step only when the attempt was still this job's. */
  record(job: DeliveryJob, attempt: number, judgement: Judgement): Promise<Step>;
  /** Leaves an open attempt to a person. */
  hold(job: DeliveryJob, open: OpenClaim): Promise<Step>;
  /** Ends a command of which an open attempt made no more than is given here, and which was tried often enough. */
  exhaust(job: DeliveryJob, open: OpenClaim): Promise<Step>;
  /** Leaves a command out that was not called, or surely did nothing; undefined when it may have been done. */
  suppress(
    job: DeliveryJob,
    reason: SuppressedReason,
    inFavorOf?: readonly string[],
  ): Promise<Step | undefined>;
  /** Leaves a command out whose answer has lost its question; what an open attempt made stays on record. */
  leaveOut(job: DeliveryJob, reason: SuppressedReason, open?: OpenClaim): Promise<Step>;
  /** Ends a command whose wish is fulfilled without a call. */
  done(job: DeliveryJob): Promise<Step>;
  /** Ends a command without calling the platform, unless an earlier attempt may have called it. */
  giveUp(job: DeliveryJob, error: MioError): Promise<Step>;
}

export function createCloseDelivery(deps: CloseDeliveryDeps): CloseDelivery {
  const { records, clock, logger } = deps;
  const limiter = createLogLimiter(clock);
  const claim: CloseDelivery["claim"] = (job, answers) => claimAttempt(job, deps, answers);
  /** Whatever the command answers. */
  const claimAnyway = async (job: DeliveryJob): Promise<Exclude<Claim, { kind: "pointless" }>> => {
    const claimed = await claim(job);
    return claimed.kind === "pointless" ? { kind: "step", step: fencedOut() } : claimed;
  };

  const record: CloseDelivery["record"] = async (job, attempt, { record: end, step }) => {
    if (end === undefined) return step;
    const { accountId, id: commandId } = job.command;
    const name = { accountId, commandId, owner: job.owner, attempt };
    const options = { clock, logger, limiter, backoff: deps.troubleBackoff, signal: job.signal };
    const isOurs = await retryForever(() => records.end(name, end), options);
    return isOurs ? step : fencedOut();
  };

  const hold: CloseDelivery["hold"] = async (job, open) => {
    const taken = await takeOver(job, records, open);
    if (taken === undefined) return fencedOut();
    const error = unknownSend();
    const { alreadySent: externalIds } = taken;
    const end = { state: "unknown", externalIds, code: error.code, reason: reasonOf(error) } as const;
    return record(job, taken.attempt, { record: end, step: unknown(open.attempt, error, externalIds) });
  };

  const exhaust: CloseDelivery["exhaust"] = async (job, open) => {
    const taken = await takeOver(job, records, open);
    if (taken === undefined) return fencedOut();
    const error = exhausted(job.failures);
    const { alreadySent: externalIds } = taken;
    const end = { state: "dead", externalIds, code: error.code, reason: reasonOf(error) } as const;
    return record(job, taken.attempt, { record: end, step: failed(open.attempt, error, externalIds) });
  };

  const giveUp: CloseDelivery["giveUp"] = async (job, error) => {
    const claimed = await claimAnyway(job);
    if (claimed.kind === "step") return claimed.step;
    if (claimed.kind === "open") return hold(job, claimed);
    const { attempt, alreadySent: externalIds } = claimed;
    const end = { state: "dead", externalIds, code: error.code, reason: reasonOf(error) } as const;
    return record(job, attempt, { record: end, step: failed(attempt - 1, error, externalIds) });
  };

  const suppress: CloseDelivery["suppress"] = async ({ command }, reason, inFavorOf) => {
    const { id: commandId, accountId, tenantId, channelType, conversationId } = command;
    const place = { commandId, accountId, tenantId, channelType, conversationId };
    const isLeftOut = await records.suppress(place, { code: "delivery.suppressed", reason, inFavorOf });
    return isLeftOut ? suppressed(reason) : undefined;
  };

  const leaveOut: CloseDelivery["leaveOut"] = async (job, reason, open) => {
    const claimed = open ?? (await claimAnyway(job));
    if (claimed.kind === "step") return claimed.step;
    const mine = claimed.kind === "open" ? await takeOver(job, records, claimed) : claimed;
    if (mine === undefined) return fencedOut();
    const { attempt, alreadySent: externalIds } = mine;
    const end = { state: "suppressed", externalIds, code: "delivery.suppressed", reason } as const;
    return record(job, attempt, { record: end, step: suppressed(reason, attempt - 1, externalIds) });
  };

  const done: CloseDelivery["done"] = async (job) => {
    const claimed = await claimAnyway(job);
    if (claimed.kind === "step") return claimed.step;
    const mine = claimed.kind === "open" ? await takeOver(job, records, claimed) : claimed;
    if (mine === undefined) return fencedOut();
    return record(job, mine.attempt, { record: { state: "sent", externalIds: [] }, step: sent(0, []) });
  };

  return { claim, record, hold, exhaust, giveUp, suppress, leaveOut, done };
}
