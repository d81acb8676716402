import type { MioError } from "@mio/failure";
import type { Backoff } from "@mio/service-kit";
import type { AuthorizeCommand } from "../accounts/authorize-command.ts";
import { rateLimitOf } from "../accounts/rate-limit-of.ts";
import type { OpenKeptFiles } from "../command/kept-files.ts";
import type { PrepareDelivery, PreparedDelivery } from "../command/prepare-delivery.ts";
import { refusal } from "../command/refusal.ts";
import type { Governor, RateLimit } from "../rates/governor.ts";
import type { Workers } from "../workers.ts";
import type { Progress } from "./call-context.ts";
import { callPlatform } from "./call-platform.ts";
import { type Claim, fencedOut, takeOver } from "./claim-attempt.ts";
import { type CloseDeliveryDeps, createCloseDelivery } from "./close-delivery.ts";
import { again, type DeliveryJob, failed, type Step, sent } from "./delivery-job.ts";
import { callTimeoutOf } from "./delivery-policy.ts";
import { judgeCall } from "./judge-call.ts";
import type { MustWait } from "./must-wait.ts";
import { resolveOpenAttempt } from "./resolve-open-attempt.ts";

export interface TryDeliveryDeps extends CloseDeliveryDeps {
  readonly backoff: Backoff;
  readonly authorize: AuthorizeCommand;
  readonly prepare: PrepareDelivery;
  readonly governor: Governor;
  readonly workers: Workers;
  readonly mustWait: MustWait;
  readonly openFiles: OpenKeptFiles;
}

export type TryDelivery = (job: DeliveryJob) => Promise<Step>;

type OpenClaim = Extract<Claim, { kind: "open" }>;
interface Ready {
  readonly delivery: PreparedDelivery;
  readonly limit: RateLimit;
}

/**
 * One try: may it be sent, as what, is it its turn, was it sent already; then at most one platform call,
 * whose end is on record before anybody is told.
 *
 * Rejects when the database fails, and when the pool stops while the command waits; nothing is lost then.
 */
export function createTryDelivery(deps: TryDeliveryDeps): TryDelivery {
  const { db, clock, policy, events, governor, openFiles } = deps;
  const { claim, record, hold, giveUp } = createCloseDelivery(deps);

  const call = async (job: DeliveryJob, progress: Progress, { delivery, limit }: Ready): Promise<Step> => {
    const { attempt } = progress;
    job.hasTurn = false;
    job.calledAttempt = attempt;
    events.calling(job, clock.now());
    const timeoutMs = callTimeoutOf(policy, job.command);
    const result = await callPlatform(delivery, { ...progress, timeoutMs, clock, openFiles });
    if (result.kind === "throttled") governor.throttled(limit, result.afterMs);
    if (result.kind === "transient" || result.kind === "unknown") job.failures += 1;
    if (result.kind !== "sent") events.callFailed(job, result);
    const facts = { attempt, failures: job.failures, delivery, ...deps };
    return record(job, attempt, judgeCall(result, facts));
  };

  const settle = async (job: DeliveryJob, open: OpenClaim, ready: Ready): Promise<Step> => {
    const { delivery } = ready;
    const resolution = await resolveOpenAttempt({ ...open, job, delivery }, deps);
    if (resolution.kind === "later") return again(resolution.afterMs);
    if (resolution.kind === "hold") return hold(job, open);
    const alreadySent = resolution.kind === "found" ? resolution.externalIds : resolution.alreadySent;
    const taken = await takeOver(job, db, { attempt: open.attempt, alreadySent });
    if (taken === undefined) return fencedOut();
    if (resolution.kind === "repeat") return call(job, taken, ready);
    const { externalIds } = resolution;
    return record(job, taken.attempt, {
      record: { state: "sent", externalIds },
      step: sent(open.attempt, externalIds),
    });
  };

  /** The intent goes on record only now, when nothing but the call is left to do. */
  const claimAndCall = async (job: DeliveryJob, ready: Ready): Promise<Step> => {
    using _worker = await deps.workers.enter(job.command.accountId, job.signal);
    const claimed = await claim(job);
    switch (claimed.kind) {
      case "step":
        return claimed.step;
      case "open":
        return settle(job, claimed, ready);
      case "mine":
        return call(job, claimed, ready);
    }
  };

  const takeTurn = async (job: DeliveryJob, delivery: PreparedDelivery, limit: RateLimit): Promise<Step> => {
    // An earlier command may be with a process that died, and comes again.
    if (await deps.mustWait(job, delivery)) return again(policy.lookAgainMs);
    job.operation = delivery.operation;
    job.isFallback = delivery.isFallback;
    if (!job.hasTurn) await governor.turn(limit, job.signal);
    job.hasTurn = true;
    return claimAndCall(job, { delivery, limit });
  };

  return async (job) => {
    const access = await deps.authorize(job.command);
    if (access.kind === "refused") {
      return access.isMisaddressed ? failed(0, access.error) : giveUp(job, access.error);
    }
    if (clock.now().getTime() - job.storedAt.getTime() > policy.maxAgeMs) return giveUp(job, expired());
    const delivery = await deps.prepare(job.command, access);
    if (delivery.kind === "refused") return giveUp(job, delivery.error);
    return takeTurn(job, delivery, rateLimitOf(job.command, access));
  };
}

function expired(): MioError {
  return refusal("expired", "The command waited longer than commands may.", "delivery.expired");
}
