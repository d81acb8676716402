import { toMioError } from "@mio/failure";
import { type Backoff, createLogLimiter } from "@mio/service-kit";
import type { Progress } from "../delivery/call-context.ts";
import { callTimeoutOf } from "../delivery/delivery-policy.ts";
import type { CloseDelivery, CloseDeliveryDeps } from "../delivery/end-attempt.ts";
import type { Leases } from "../delivery/leases.ts";
import type { DeliveryJob, Step } from "../job/delivery-job.ts";
import type { PreparedDelivery } from "../job/prepared-delivery.ts";
import { retryForever } from "../job/retry-forever.ts";
import { editFallbackOf } from "../prepare/edit-fallback.ts";
import type { OpenKeptFiles } from "../prepare/kept-files.ts";
import type { Governor } from "../rates/governor.ts";
import type { RateLimit } from "../rates/rate-limit.ts";
import type { Place } from "../rates/workers.ts";
import { type InterimWatch, isInterim } from "../schedule/interim-watch.ts";
import { type CallResult, callEndOf, callPlatform } from "./call.ts";
import { judgeCall } from "./judge-call.ts";

/** A call that is ready to be made, and the rate it counts for. */
export interface Ready {
  readonly delivery: PreparedDelivery;
  readonly limit: RateLimit;
  readonly place: Pick<Place, "ended">;
}

export interface CallOnceDeps extends CloseDeliveryDeps {
  readonly backoff: Backoff;
  readonly governor: Pick<Governor, "throttled">;
  readonly leases: Leases;
  readonly interim: InterimWatch;
  readonly openFiles: OpenKeptFiles;
}

/** An attempt that is this job's, and since when: read from the leases before it was claimed. */
export interface Claimed extends Progress {
  readonly claimedAt: number;
}

export interface CallOnce {
  /** Calls the platform under an attempt that is this job's, and puts the end on record. */
  call(job: DeliveryJob, claimed: Claimed, ready: Ready): Promise<Step>;
  /** Puts on record that the platform has it already. */
  found(job: DeliveryJob, progress: Progress, ready: Ready): Promise<Step>;
}

interface Made {
  readonly attempt: number;
  /** How often the platform was called. */
  readonly calls: number;
  readonly result: CallResult;
  readonly delivery: PreparedDelivery;
}

export function createCallOnce(deps: CallOnceDeps, close: Pick<CloseDelivery, "record">): CallOnce {
  const { clock, logger, policy, events, governor, leases, openFiles, interim } = deps;
  const limiter = createLogLimiter(clock);

  /** Before the end is on record, so that no crash leaves an unfinished answer unwatched. */
  const watchInterim = async (job: DeliveryJob, externalId: string | undefined): Promise<void> => {
    if (externalId === undefined || !isInterim(job.command)) return;
    const options = { clock, logger, limiter, signal: job.signal, backoff: deps.troubleBackoff };
    await retryForever(() => interim.arm(job.command, externalId), options);
  };

  /** Left on watch, a finished answer is looked at once more and left alone. */
  const finish = (job: DeliveryJob, { operation, targetExternalIds: [first] }: PreparedDelivery): void => {
    if (operation === "send" || operation === "reaction" || first === undefined || isInterim(job.command))
      return;
    interim.disarm(job.command, first).catch((error: unknown) => {
      logger.debug({ command_id: job.command.id, err: toMioError(error) }, "delivery.watch_not_ended");
    });
  };

  const closeCall = async (job: DeliveryJob, made: Made): Promise<Step> => {
    const { attempt, calls, result, delivery } = made;
    if (result.kind === "sent") await watchInterim(job, shownBy(delivery, result.externalIds));
    const judgement = judgeCall(result, {
      ...deps,
      attempt: calls,
      failures: job.failures,
      delivery,
      editFallback: editFallbackOf(job.command),
      interim: isInterim(job.command) ? job.command.id : undefined,
    });
    if (judgement.asPost) job.isFallback = true;
    const step = await close.record(job, attempt, judgement);
    if (result.kind === "sent") finish(job, delivery);
    return step;
  };

  return {
    async call(job, { claimedAt, ...progress }, { delivery, limit, place }) {
      const { attempt } = progress;
      job.hasTurn = false;
      job.askedAt = undefined;
      job.calledAttempt = attempt;
      events.calling(job, clock.now());
      const { accountId, id: commandId } = job.command;
      using lease = leases.hold({ accountId, commandId, owner: job.owner, attempt }, claimedAt);
      const timeoutMs = callTimeoutOf(policy, job.command);
      const result = await callPlatform(delivery, { ...progress, timeoutMs, clock, lease, openFiles });
      const end = callEndOf(result);
      if (end !== undefined) place.ended(end);
      if (result.kind === "throttled") await learn(limit, result.afterMs);
      if (result.kind === "transient" || result.kind === "unknown") job.failures += 1;
      if (result.kind !== "sent") events.callFailed(job, result);
      // The lease lasts until the end is on record: others must not find the attempt silent before that.
      return await closeCall(job, { attempt, calls: attempt, result, delivery });
    },
    found: (job, { attempt, alreadySent: externalIds }, { delivery }) =>
      closeCall(job, { attempt, calls: attempt - 1, result: { kind: "sent", externalIds }, delivery }),
  };

  /** A pace that cannot be shared now must not keep the end of a call off the record. */
  async function learn(limit: RateLimit, afterMs: number | undefined): Promise<void> {
    await governor.throttled(limit, afterMs).catch((error: unknown) => {
      logger.warn({ err: toMioError(error) }, "delivery.pace_not_shared");
    });
  }
}

/** The message that shows what the command says. */
function shownBy(
  { operation, targetExternalIds }: PreparedDelivery,
  externalIds: readonly string[],
): string | undefined {
  switch (operation) {
    case "send":
      return externalIds[0];
    case "edit":
      return targetExternalIds[0];
    case "delete":
    case "reaction":
      return undefined;
  }
}
