import type { MioError } from "@mio/failure";
import { type CloseDelivery, createCloseDelivery } from "../delivery/end-attempt.ts";
import { again, type DeliveryJob, failed, type Step } from "../job/delivery-job.ts";
import type { Preparation, PreparedDelivery } from "../job/prepared-delivery.ts";
import { reasonOf, refusal } from "../job/refusal.ts";
import type { PrepareDelivery } from "../prepare/prepare-delivery.ts";
import type { Governor } from "../rates/governor.ts";
import { rankOf } from "../rates/rank.ts";
import type { RateLimit } from "../rates/rate-limit.ts";
import type { DeliveryEvents } from "../report/events.ts";
import { dueAtOf, maxAheadMs } from "../schedule/due-at.ts";
import type { AuthorizeCommand } from "./authorize.ts";
import { type ClaimAndCallDeps, createClaimAndCall } from "./claim.ts";
import type { MustWait } from "./keep-order.ts";
import { createPostpone, type Postpone, type PostponeDeps } from "./postpone.ts";
import type { LaterEdits } from "./supersede.ts";
import { rateLimitOf } from "./take-turn.ts";

export interface TryDeliveryDeps extends ClaimAndCallDeps, Pick<PostponeDeps, "schedule" | "announce"> {
  readonly events: DeliveryEvents;
  readonly authorize: AuthorizeCommand;
  readonly prepare: PrepareDelivery;
  readonly governor: Governor;
  readonly mustWait: MustWait;
  readonly laterEdits: LaterEdits;
}

type Granted = Extract<Awaited<ReturnType<AuthorizeCommand>>, { kind: "granted" }>;

export type TryDelivery = (job: DeliveryJob) => Promise<Step>;

/**
 * One try: may it be sent, as what, is it its turn, was it sent already; then at most one platform call,
 * whose end is on record before anybody is told.
 *
 * Rejects when the database fails, and when the pool stops while the command waits; nothing is lost then.
 */
export function createTryDelivery(deps: TryDeliveryDeps): TryDelivery {
  const { clock, policy, governor, workers, interim, mustWait } = deps;
  const close = createCloseDelivery(deps);
  const claimAndCall = createClaimAndCall(deps, close);
  const postpone = createPostpone(deps, close);
  const withoutCall = createWithoutCall({ close, postpone, mustWait, lookAgainMs: policy.lookAgainMs });

  const suppressed = async (job: DeliveryJob): Promise<Step | undefined> => {
    if (await interim.isTooLate(job.command)) return close.suppress(job, "superseded");
    const laterEdits = deps.laterEdits(job, clock.now());
    if (laterEdits.length === 0) return undefined;
    // One of them may come again, and have been held first by a process that died: then it is older than this one.
    if (await mustWait(job, { isFallback: false })) return again(policy.lookAgainMs);
    return close.suppress(job, "superseded", laterEdits);
  };

  /** Without a place for the call no turn is asked for: it is taken once there is one. */
  const waitForTurn = async (
    job: DeliveryJob,
    operation: PreparedDelivery["operation"],
    limit: RateLimit,
  ): Promise<"changed" | undefined> => {
    job.askedAt ??= clock.now().getTime();
    const { accountId, channelType: host } = job.command;
    if (job.hasTurn || !workers.hasPlace({ accountId, host })) return undefined;
    const request = { limit, rank: rankOf(job.command, operation), askedAt: job.askedAt };
    if ((await governor.turn(request, job.signal)) === "changed") return "changed";
    job.hasTurn = true;
    return undefined;
  };

  const takeTurn = async (job: DeliveryJob, delivery: PreparedDelivery, limit: RateLimit): Promise<Step> => {
    // An earlier command may be with a process that died, and comes again.
    if (await mustWait(job, delivery)) return again(policy.lookAgainMs);
    job.operation = delivery.operation;
    job.isFallback = delivery.isFallback;
    job.attachmentsLeftOut = job.command.attachments.length - delivery.command.attachments.length;
    if ((await waitForTurn(job, delivery.operation, limit)) === "changed") return again(0);
    // A later edit may have come while this one waited; the turn is left to it.
    const leftOut = await suppressed(job);
    if (leftOut !== undefined) {
      if (job.hasTurn) await governor.giveBack(limit);
      return leftOut;
    }
    return claimAndCall(job, { delivery, limit });
  };

  /** Undefined while what a command is about may be with a process that died, and comes again. */
  const prepare = async (job: DeliveryJob, access: Granted): Promise<Preparation | undefined> => {
    const ask = () => deps.prepare(job.command, { ...access, asPost: job.isFallback });
    const preparation = await ask();
    if (job.isFallback || !missesTarget(preparation)) return preparation;
    // It may have ended while the stream was asked.
    return (await mustWait(job, { isFallback: true })) ? undefined : await ask();
  };

  const prepareAndCall = async (job: DeliveryJob, access: Granted): Promise<Step> => {
    const preparation = await prepare(job, access);
    if (preparation?.kind === "prepared") return takeTurn(job, preparation, rateLimitOf(job.command, access));
    return preparation === undefined ? again(policy.lookAgainMs) : withoutCall(job, preparation);
  };

  /** What its time says, before anything is asked of the platform. */
  const checkTime = async (job: DeliveryJob): Promise<Step | undefined> => {
    const now = clock.now().getTime();
    const aheadMs = (dueAtOf(job.command)?.getTime() ?? 0) - now;
    if (aheadMs > maxAheadMs) return close.giveUp(job, tooFarAhead());
    if (aheadMs > 0) return postpone.until(job, { dueAt: new Date(now + aheadMs) });
    return now - job.storedAt.getTime() > policy.maxAgeMs ? close.giveUp(job, expired()) : undefined;
  };

  return async (job) => {
    if (job.givenUp !== undefined) return await close.giveUp(job, job.givenUp);
    const access = await deps.authorize(job.command);
    if (access.kind === "refused") {
      return access.isMisaddressed ? failed(0, access.error) : close.giveUp(job, access.error);
    }
    job.isAuthorized = true;
    // The second: before it waits for a turn that it would not use.
    return (
      (await checkTime(job)) ??
      (job.hasTurn ? undefined : await suppressed(job)) ??
      prepareAndCall(job, access)
    );
  };
}

interface WithoutCallDeps {
  readonly close: CloseDelivery;
  readonly postpone: Postpone;
  readonly mustWait: MustWait;
  readonly lookAgainMs: number;
}

/** What becomes of a command that the platform is not called for. */
function createWithoutCall({ close, postpone, mustWait, lookAgainMs }: WithoutCallDeps) {
  return async (job: DeliveryJob, preparation: Exclude<Preparation, PreparedDelivery>): Promise<Step> => {
    switch (preparation.kind) {
      case "refused":
        return close.giveUp(job, preparation.error);
      case "dropped":
        return (await close.suppress(job, "dropped")) ?? close.giveUp(job, dropped());
      case "postponed":
        // It must not be overtaken by what waits behind it, while what it is about is on its way already.
        if (await mustWait(job, { isFallback: false })) return again(lookAgainMs);
        return postpone.until(job, preparation);
      case "cancels": {
        const isCanceled = await postpone.cancel(job, preparation.commandId);
        return isCanceled ? close.done(job) : again(0);
      }
    }
  };
}

/** Whether a command is about a message that is not there. */
function missesTarget(preparation: Preparation): boolean {
  switch (preparation.kind) {
    case "prepared":
      return preparation.isFallback;
    case "refused":
      return reasonOf(preparation.error) === "no_target";
    case "dropped":
    case "cancels":
      return true;
    case "postponed":
      return false;
  }
}

function expired(): MioError {
  return refusal("expired", "The command waited longer than commands may.", "delivery.expired");
}

function tooFarAhead(): MioError {
  return refusal("invalid", "send_at is more than a year ahead.", "envelope.invalid");
}

function dropped(): MioError {
  return refusal("no_target", "The edit cannot be one, and an earlier try of it may have been made.");
}
